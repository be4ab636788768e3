"""A thin proxy in front of moto: answers the operations that moto lacks, and hands everything else on untouched."""

import http.client
import http.server
import threading

# What ECS answers for a service that was never deployed by it: an empty list, well formed.
ANSWERS = {"AmazonEC2ContainerServiceV20141113.ListServiceDeployments": b'{"serviceDeployments":[]}'}

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class Proxy:
    """Listens on a free loopback port until it is stopped; counts what it answered itself."""

    def __init__(self, port):
        self.answered = {}
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler(port))
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def _count(self, target):
        with self._lock:
            operation = target.split(".")[1]
            self.answered[operation] = self.answered.get(operation, 0) + 1

    def _handler(proxy, port):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                target = self.headers.get("X-Amz-Target", "")
                if target in ANSWERS:
                    proxy._count(target)
                    return self._send(200, [("Content-Type", "application/x-amz-json-1.1")], ANSWERS[target])
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                try:
                    upstream.request(self.command, self.path, body, dict(self.headers.items()))
                    answer = upstream.getresponse()
                    self._send(answer.status, answer.getheaders(), answer.read())
                finally:
                    upstream.close()

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

            def _send(self, status, headers, body):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
