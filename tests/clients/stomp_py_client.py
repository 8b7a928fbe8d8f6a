"""A visitor on stomp.py, which has no WebSocket transport of its own in every version.

Arguments: URL, token, destination, heart-beat interval in milliseconds, version. Writes one JSON
object a line for everything that happens; ends when it was told or the connection is gone.
"""

import json
import sys
import threading

import stomp
import websocket
from stomp.connect import BaseConnection
from stomp.protocol import Protocol11, Protocol12
from stomp.transport import BaseTransport

LOCK = threading.Lock()
# Seconds after which it goes on whatever has not happened.
IN_TIME = 15


def note(event, **details):
    """Writes what happened; called by several threads."""
    with LOCK:
        print(json.dumps({"event": event, **details}), flush=True)


class WebSocketTransport(BaseTransport):
    """stomp.py's transport port over websocket-client."""

    def __init__(self, url, vhost):
        super().__init__()
        self.url = url
        self.vhost = vhost
        self.socket = None

    def attempt_connection(self):
        self.socket = websocket.create_connection(self.url)
        self.current_host_and_port = (self.vhost, 0)

    def send(self, encoded_frame):
        self.socket.send(encoded_frame, opcode=websocket.ABNF.OPCODE_TEXT)

    def receive(self):
        received = self.socket.recv()
        return received.encode() if isinstance(received, str) else received

    def disconnect_socket(self):
        self.running = False
        self.socket.close()

    def cleanup(self):
        self.set_connected(False)


class Visitor(stomp.ConnectionListener):
    """Notes everything."""

    def __init__(self):
        self.over = threading.Event()
        self.gone = threading.Event()

    def on_connected(self, frame):
        note("connected", headers=frame.headers)

    def on_heartbeat(self):
        note("beat")

    def on_heartbeat_timeout(self):
        note("silence")
        self.over.set()

    def on_receipt(self, frame):
        note("receipt", id=frame.headers["receipt-id"])

    def on_message(self, frame):
        note("message", headers=frame.headers, body=frame.body)
        self.over.set()

    def on_error(self, frame):
        note("error", headers=frame.headers, body=frame.body)

    def on_disconnected(self):
        note("disconnected")
        self.over.set()
        self.gone.set()


def connection(url, interval, version):
    """As stomp.Connection11 and 12 are made, but for the transport."""
    protocol = {"1.1": Protocol11, "1.2": Protocol12}[version]

    class Connection(BaseConnection, protocol):
        def __init__(self):
            transport = WebSocketTransport(url, "queue")
            BaseConnection.__init__(self, transport)
            protocol.__init__(self, transport, (interval, interval))

        def disconnect(self, receipt):
            protocol.disconnect(self, receipt)

    return Connection()


def main(url, token, destination, interval, version):
    visitor = Visitor()
    conn = connection(url, int(interval), version)
    conn.set_listener("visitor", visitor)
    conn.transport.start()
    try:
        conn.connect(wait=True, headers={"Authorization": "Bearer " + token})
    except stomp.exception.ConnectFailedException:
        visitor.gone.wait(IN_TIME)
        return note("refused")
    conn.subscribe(destination, id="1", headers={"receipt": "subscribed"})
    visitor.over.wait(IN_TIME)
    if conn.is_connected():
        conn.disconnect(receipt="bye")
        visitor.gone.wait(IN_TIME)
    note("end")


main(*sys.argv[1:])
