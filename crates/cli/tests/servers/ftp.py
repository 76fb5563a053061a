"""A file server for tests: says each command and each file as a line of JSON."""

import json
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer


def say(**values):
    print(json.dumps(values), flush=True)


class Handler(TLS_FTPHandler):
    """Says what pyftpdlib tells of itself."""

    def log_cmd(self, cmd, arg, respcode, respstr):
        # The path of a file as pyftpdlib has made it; of others, what the client said.
        say(port=self.remote_port, user=self.username, cmd=cmd, arg=arg, code=respcode, text=respstr)

    def on_file_sent(self, file):
        say(sent=file)

    def on_file_received(self, file):
        say(received=file)


authorizer = DummyAuthorizer()
authorizer.add_user("Aladdin", "sesame", sys.argv[2], perm="elradfmw")
Handler.authorizer = authorizer
Handler.certfile = sys.argv[3]
# To the client itself, and nowhere else.
Handler.permit_foreign_addresses = False
FTPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
