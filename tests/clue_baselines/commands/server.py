"""A web server for archives, which can break off and go on."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer


class Files(BaseHTTPRequestHandler):
    """Serves `server.files`; notes the Range of each request."""

    def do_GET(self):
        server = self.server
        server.ranges.append(self.headers.get("Range"))
        content = server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = 0
        if server.ranges[-1] and self.headers["If-Range"] == server.version:
            start = int(server.ranges[-1].removeprefix("bytes=")[:-1])
            if start >= len(content):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        if server.version:
            self.send_header("ETag", server.version)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : start + server.most_bytes])

    def log_message(self, *arguments):
        """Keeps the requests off the screen."""


@contextmanager
def serving(files):
    """Yields a server with `address`, `files`, `ranges` and its faults."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    server.files = {f"/{name}": content for name, content in files.items()}
    server.ranges = []
    server.version = '"1"'
    server.most_bytes = 1 << 30
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
