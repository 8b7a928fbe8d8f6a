/* A crowd of visitors: holds COUNT STOMP subscribers in one thread, some of which stop reading, and
 * times one broadcast to the others.
 *
 * usage: crowd PORT COUNT STALLED DESTINATION <token
 *
 * With "events:NAME" as the destination they are subscribers of the events socket to that name.
 *
 * Prints "ready" once everybody has subscribed and the stalled ones are stuck; reads a line, which
 * starts the clock; prints one line of JSON when every reader got a MESSAGE, or after WAIT_S. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_FLIGHT = 200, WAIT_S = 30, CONNECT_S = 120 };
/* A stalled reader takes next to nothing in: a tiny window and tiny segments, so that the service's
 * kernel keeps little for it too. */
enum { STALLED_WINDOW = 2304, STALLED_SEGMENT = 536 };
/* Receipts that a stalled reader asks for and does not read: more than the kernels keep for it, and
 * less than what gets it cut before the broadcast. */
enum { FILL_FRAMES = 15, FILL_OCTETS = 8000, FILL_PAUSE_US = 20000 };

enum state { CONNECTING, UPGRADING, GREETING, SUBSCRIBING, LISTENING, TOLD, STALLED, LOST };

struct visitor {
  int fd;
  enum state state;
  int length; /* of what came and is not whole yet */
  char *rest;
  double told;
};

static struct visitor *visitors;
static int epoll, count, stalled, port, started, busy, listening, told, lost;
static const char *destination;
static const char *events; /* the name to subscribe to; NULL: STOMP is spoken */
static char token[4096];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int is_stalled(const struct visitor *v) {
  return v - visitors < stalled;
}

static void lose(struct visitor *v, const char *why) {
  if (lost++ < 3) fprintf(stderr, "visitor %ld in state %d: %s\n", v - visitors, v->state, why);
  if (v->state < LISTENING) busy--;
  if (v->state == LISTENING || v->state == STALLED) listening--;
  close(v->fd);
  free(v->rest);
  v->rest = NULL;
  v->length = 0;
  v->state = LOST;
}

static void start(struct visitor *v) {
  v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (v->fd < 0) fail("socket");
  int window = is_stalled(v) ? STALLED_WINDOW : 8192, segment = STALLED_SEGMENT;
  setsockopt(v->fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
  if (is_stalled(v)) setsockopt(v->fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  v->state = CONNECTING;
  busy++;
  if (connect(v->fd, (void *)&to, sizeof to) < 0 && errno != EINPROGRESS) fail("connect");
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = v};
  epoll_ctl(epoll, EPOLL_CTL_ADD, v->fd, &e);
}

/* Sends one masked text message; the mask is zero, which is a lawful one. */
static void say(struct visitor *v, const char *text, int length) {
  char frame[16384];
  int head = 2;
  frame[0] = (char)0x81;
  if (length < 126) frame[1] = (char)(0x80 | length);
  else {
    frame[1] = (char)(0x80 | 126);
    frame[2] = (char)(length >> 8);
    frame[3] = (char)length;
    head = 4;
  }
  memset(frame + head, 0, 4);
  memcpy(frame + head + 4, text, length);
  int whole = head + 4 + length;
  if (send(v->fd, frame, whole, MSG_NOSIGNAL) != whole) lose(v, "cannot send");
}

static void upgrade(struct visitor *v) {
  static const char request[] = "GET /visitor/websocket HTTP/1.1\r\nHost: localhost\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  if (events) {
    char own[sizeof token + sizeof request + 64];
    int length = snprintf(own, sizeof own, "GET /api/websocketd/?token=%s%s", token,
      strstr(request, " HTTP/1.1"));
    send(v->fd, own, length, MSG_NOSIGNAL);
  } else send(v->fd, request, sizeof request - 1, MSG_NOSIGNAL);
  v->state = UPGRADING;
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = v};
  epoll_ctl(epoll, EPOLL_CTL_MOD, v->fd, &e);
}

static void greet(struct visitor *v) {
  char text[8192];
  int length = snprintf(text, sizeof text,
    "CONNECT\naccept-version:1.2\nheart-beat:0,0\nAuthorization:Bearer %s\n\n", token);
  v->state = GREETING;
  say(v, text, length + 1);
}

static void subscribe(struct visitor *v) {
  char text[2048];
  int length = snprintf(text, sizeof text,
    "SUBSCRIBE\nid:s0\ndestination:%s\nreceipt:r\n\n", destination);
  v->state = SUBSCRIBING;
  say(v, text, length + 1);
}

/* From now on it reads nothing. */
static void stall(struct visitor *v) {
  v->state = STALLED;
  listening++;
  busy--;
  struct epoll_event e = {.events = 0, .data.ptr = v};
  epoll_ctl(epoll, EPOLL_CTL_MOD, v->fd, &e);
  /* The service takes all that it says, so waiting for that is short. */
  fcntl(v->fd, F_SETFL, fcntl(v->fd, F_GETFL) & ~O_NONBLOCK);
}

/* Has the stalled ones owed more than the kernels keep for them, bit by bit: at once it would look
 * like a flood. */
static void fill(void) {
  char text[FILL_OCTETS + 64];
  int length = sprintf(text, "ACK\nid:x\nreceipt:");
  memset(text + length, 'r', FILL_OCTETS);
  length += FILL_OCTETS;
  length += sprintf(text + length, "\n\n") + 1;
  for (int i = 0; i < FILL_FRAMES; i++, usleep(FILL_PAUSE_US)) {
    for (struct visitor *v = visitors; v < visitors + stalled; v++) {
      if (v->state == STALLED) say(v, text, length);
    }
  }
}

static int begins(const char *text, int length, const char *with) {
  int most = strlen(with);
  return length >= most && !memcmp(text, with, most);
}

static void hear_events(struct visitor *v, const char *text, int length) {
  if (begins(text, length, "{\"op\":\"init\"")) {
    char frame[512];
    int octets = snprintf(frame, sizeof frame,
      "{\"op\":\"subscribe\",\"data\":{\"event_name\":\"%s\"}}", events);
    v->state = SUBSCRIBING;
    say(v, frame, octets);
    say(v, "{\"op\":\"start\"}", 14);
  } else if (begins(text, length, "{\"op\":\"start\"")) {
    v->state = LISTENING;
    listening++;
    busy--;
  } else if (begins(text, length, "{\"name\"") && v->state == LISTENING) {
    v->told = now();
    v->state = TOLD;
    told++;
  }
}

static void hear(struct visitor *v, const char *text, int length) {
  if (events) return hear_events(v, text, length);
  if (length > 9 && !memcmp(text, "CONNECTED", 9)) return subscribe(v);
  if (length > 7 && !memcmp(text, "RECEIPT", 7) && v->state == SUBSCRIBING) {
    if (is_stalled(v)) return stall(v);
    v->state = LISTENING;
    listening++;
    busy--;
  } else if (length > 7 && !memcmp(text, "MESSAGE", 7) && v->state == LISTENING) {
    v->told = now();
    v->state = TOLD;
    told++;
  } else if (length > 5 && !memcmp(text, "ERROR", 5)) lose(v, text);
}

/* Takes whole frames from the front; returns how many octets that were. */
static int take(struct visitor *v, char *data, int length) {
  int at = 0;
  while (v->state != LOST && v->state != STALLED && length - at >= 2) {
    unsigned char *frame = (unsigned char *)data + at;
    int payload = frame[1] & 127, head = 2, op = frame[0] & 15;
    if (payload == 126) {
      if (length - at < 4) break;
      payload = frame[2] << 8 | frame[3];
      head = 4;
    } else if (payload == 127) fail("a frame that is too long");
    if (length - at < head + payload) break;
    if (op == 8) lose(v, "closed by the service");
    else if (op == 9) {
      char pong[131] = {(char)0x8a, (char)(0x80 | payload)};
      memcpy(pong + 6, frame + head, payload);
      send(v->fd, pong, 6 + payload, MSG_NOSIGNAL);
    } else hear(v, data + at + head, payload);
    at += head + payload;
  }
  return at;
}

static void receive(struct visitor *v) {
  static char data[65536 * 2];
  int length = v->length;
  if (length > 0) memcpy(data, v->rest, length);
  int read = recv(v->fd, data + length, sizeof data - length - 1, 0);
  if (read < 0 && errno == EAGAIN) return;
  if (read <= 0) return lose(v, "ended by the service");
  length += read;
  data[length] = 0;
  int taken = 0;
  if (v->state == UPGRADING) {
    char *end = strstr(data, "\r\n\r\n");
    if (end) {
      taken = end + 4 - data;
      if (strncmp(data, "HTTP/1.1 101", 12)) return lose(v, data);
      if (events) v->state = GREETING;
      else greet(v);
    }
  }
  if (v->state > UPGRADING && v->state != LOST) taken += take(v, data + taken, length - taken);
  if (v->state == LOST) return;
  free(v->rest);
  v->rest = NULL;
  v->length = length - taken;
  if (v->length == 0) return;
  v->rest = malloc(v->length);
  memcpy(v->rest, data + taken, v->length);
}

static void turn(void) {
  struct epoll_event events[512];
  while (started < count && busy < IN_FLIGHT) start(&visitors[started++]);
  int ready = epoll_wait(epoll, events, 512, 10);
  for (int i = 0; i < ready; i++) {
    struct visitor *v = events[i].data.ptr;
    if (v->state == LOST) continue;
    if (v->state == CONNECTING && events[i].events & EPOLLOUT) upgrade(v);
    else if (v->state == STALLED) lose(v, "cut while it was stalled");
    else if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(v);
  }
}

static int by_time(const void *a, const void *b) {
  double d = *(const double *)a - *(const double *)b;
  return (d > 0) - (d < 0);
}

static void report(double began) {
  double *times = malloc(sizeof(double) * (told + 1));
  int n = 0;
  for (int i = 0; i < count; i++) if (visitors[i].state == TOLD) times[n++] = visitors[i].told - began;
  qsort(times, n, sizeof *times, by_time);
  if (n == 0) times[n++] = 0;
  printf("{\"told\":%d,\"lost\":%d,\"p50\":%.1f,\"p99\":%.1f,\"last\":%.1f}\n", told, lost,
    times[n / 2] * 1e3, times[n * 99 / 100] * 1e3, times[n - 1] * 1e3);
}

int main(int argc, char **argv) {
  if (argc != 5 || !fgets(token, sizeof token, stdin)) return 2;
  token[strcspn(token, "\n")] = 0;
  port = atoi(argv[1]);
  count = atoi(argv[2]);
  stalled = atoi(argv[3]);
  destination = argv[4];
  if (!strncmp(destination, "events:", 7)) events = destination + 7;
  setvbuf(stdout, NULL, _IOLBF, 0);
  visitors = calloc(count, sizeof *visitors);
  epoll = epoll_create1(0);
  double end = now() + CONNECT_S;
  while ((started < count || busy > 0) && now() < end) turn();
  fill();
  printf("ready %d\n", listening);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &e);
  /* Pings are answered while the line is awaited. */
  for (;;) {
    struct epoll_event event;
    if (epoll_wait(epoll, &event, 1, -1) != 1) continue;
    if (event.data.ptr == NULL) break;
    struct visitor *v = event.data.ptr;
    if (v->state == STALLED) lose(v, "cut while it was stalled");
    else if (v->state != LOST) receive(v);
  }
  epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, &e);
  char line[16];
  if (read(STDIN_FILENO, line, sizeof line) < 0) fail("stdin");
  double began = now();
  while (told < count - stalled && now() < began + WAIT_S) turn();
  report(began);
  return 0;
}
