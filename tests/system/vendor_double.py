# SPDX-License-Identifier: Apache-2.0
"""What receivers of notifications answer, for system tests: the HTTP systems, told apart by the first part of the path,
and a mail server without TLS. Writes a JSON line a request or mail into FILE.
usage: vendor_double.py FILE      prints the port of HTTP and the port of SMTP"""
import json
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

out = open(sys.argv[1], "a")
lock = threading.Lock()
tickets = {}


def log(**line):
    with lock:
        print(json.dumps(line), file=out, flush=True)


class Vendor(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        vendor, _, path = self.path[1:].partition("/")
        log(vendor=vendor, method=self.command, path="/" + path, authorization=self.headers.get("Authorization"),
            type=self.headers.get("Content-Type"), body=json.loads(body) if body else None)
        status, answer = self.answer(vendor, path, json.loads(body) if body else {})
        said = answer if isinstance(answer, str) else json.dumps(answer)
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said.encode())

    do_GET = do_POST = do_PUT = do_PATCH = handle_any

    def answer(self, vendor, path, body):
        if vendor == "slack":
            return (200, "ok") if "text" in body else (400, "no_text")
        if vendor == "teams":
            return (202, "") if body.get("attachments") else (400, "no card")
        if vendor == "pagerduty":
            good = path == "v2/enqueue" and body.get("event_action") in ("trigger", "acknowledge", "resolve")
            return (202, {"status": "success", "dedup_key": body.get("dedup_key")}) if good else (400, {"status": "invalid event"})
        if vendor == "jsm":
            return (202, {"result": "Request will be processed", "took": 0.1})
        if vendor == "servicenow":
            return self.servicenow(path, body)
        if vendor == "helpdesk":
            return (201, {"data": {"id": 42}}) if path == "tickets" else (200, {})
        return (200, "")

    def servicenow(self, path, body):
        if path.startswith("api/now/table/em_event"):
            return 201, {"result": {"sys_id": "e1"}}
        if self.command == "GET":
            return 200, {"result": [{"sys_id": one} for one in tickets]}
        if self.command == "POST":
            tickets["t1"] = body
            return 201, {"result": {"sys_id": "t1"}}
        return 200, {"result": {"sys_id": "t1"}}


class Mail(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 double ESMTP")
        to, sender = [], ""
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].upper()
            if word.startswith("EHLO"):
                self.say("250 double")
            elif word == "DATA":
                self.say("354 go on")
                text = []
                while (part := self.rfile.readline().decode()) != ".\r\n":
                    text.append(part)
                log(vendor="email", sender=sender, to=to, text="".join(text))
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                if word == "MAIL FROM":
                    sender = line[10:]
                if word == "RCPT TO":
                    to.append(line[8:])
                self.say("250 so be it")


http = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
mail.daemon_threads = True
threading.Thread(target=mail.serve_forever, daemon=True).start()
print(http.server_address[1], mail.server_address[1], flush=True)
http.serve_forever()
