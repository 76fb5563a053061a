"""A client of FTP over TLS for tests, to which the server opens the data connections.

curl 7.88 sends in the clear on those."""

import json
import ssl
import sys
from ftplib import FTP_TLS


class Extended(FTP_TLS):
    """Says EPRT where others say PORT."""

    sendport = FTP_TLS.sendeprt


context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
for client, name in (FTP_TLS, "port"), (Extended, "eprt"):
    with client(context=context, timeout=20) as ftp:
        ftp.connect(sys.argv[1], int(sys.argv[2]))
        ftp.login("Aladdin", "sesame")
        ftp.prot_p()
        ftp.set_pasv(False)
        with open(name, "wb") as file:
            ftp.retrbinary("RETR noise.bin", file.write)
        with open("noise.bin", "rb") as file:
            ftp.storbinary(f"STOR {name}", file)
        said = {"version": ftp.sock.version(), "cipher": ftp.sock.cipher()[0]}
        print(json.dumps(said), flush=True)
