// Appended to jitsi-meet's config.js. Without a scheme: the client puts wss:// in front and
// /visitor/websocket behind. nginx writes the host in, as jitsi-meet's own config.js has it do.
config.visitors = Object.assign({}, config.visitors, {
  queueService: '<!--# echo var="http_host" default="" -->/waiting-queue',
});
