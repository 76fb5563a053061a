"""A mail server for tests: says each mail that it takes as a line of JSON."""

import asyncio
import hashlib
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    """Takes every mail but those to nobody."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        content = envelope.original_content
        print(json.dumps({
            "port": session.peer[1],
            "helo": session.host_name,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "tls": session.ssl is not None,
            "user": session.auth_data,
        }), flush=True)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    """Takes every user whose password is right, and remembers who it is."""
    user, password = data.login.decode(), data.password.decode()
    if password != "sesame":
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=[mechanism, user, password])


async def main(port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()

    def connection():
        return SMTP(Handler(), hostname="mail.example", tls_context=context, loop=loop,
                    authenticator=authenticate, auth_require_tls=False)

    server = await loop.create_server(connection, "0.0.0.0", port)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
