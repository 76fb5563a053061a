"""A file server for tests: says each command and each file as a line of JSON."""

import json
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer


def say(**values):
    print(json.dumps(values), flush=True)


class Data(TLS_DTPHandler):
    """A data connection: pyftpdlib takes one for closed that is readable before its command comes, as one
    of TLS is."""

    def readable(self):
        return self._ssl_accepting or super().readable()


class Handler(TLS_FTPHandler):
    """Says what pyftpdlib tells of itself."""

    dtp_handler = Data

    def log_cmd(self, cmd, arg, respcode, respstr):
        # The path of a file as pyftpdlib has made it; of others, what the client said.
        say(port=self.remote_port, user=self.username, cmd=cmd, arg=arg, code=respcode, text=respstr)

    def on_file_sent(self, file):
        say(sent=file)

    def on_file_received(self, file):
        say(received=file)


class ImplicitHandler(Handler):
    """Speaks TLS from the first byte on."""

    def handle(self):
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self):
        super().handle()


authorizer = DummyAuthorizer()
authorizer.add_user("Aladdin", "sesame", sys.argv[3], perm="elradfmw")
Handler.authorizer = authorizer
Handler.certfile = sys.argv[4]
# A client may go on with the session of its commands on its data connections.
Handler.get_ssl_context().set_session_id(b"files")
# To the client itself, and nowhere else.
Handler.permit_foreign_addresses = False
# Servers share a loop, and the last runs it.
implicit = FTPServer(("0.0.0.0", int(sys.argv[2])), ImplicitHandler)
FTPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
