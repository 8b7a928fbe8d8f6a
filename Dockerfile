FROM denoland/deno:debian-2.9.6

WORKDIR /app
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1
COPY deno.json deno.lock main.ts LICENSE ./
COPY src src

# Everything is fetched here, so that the start needs no network.
RUN deno install --frozen --entrypoint main.ts src/process/worker_main.ts \
  && chmod -R a+rX /app /deno-dir

# The one place that is written to. The mode lets a container run as any user.
RUN mkdir -m 1777 /data
VOLUME /data

# The number of the base image's user deno: Kubernetes' runAsNonRoot takes no name.
USER 1993
# With HOST set and no key the start is refused, with what to set: the demo would listen where nobody
# outside the container gets to, or hand tokens to everybody who does. DEMO=1 insists on it.
ENV HOST=0.0.0.0 KV_PATH=/data/live.sqlite3 WEBSOCKET_SERVER=ws
EXPOSE 8060
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
  CMD ["deno", "eval", "--no-config", "const { PORT } = Deno.env.toObject(); const { ok } = await fetch(`http://127.0.0.1:${PORT || 8060}/ready`); Deno.exit(ok ? 0 : 1);"]

# No --allow-all. All of the environment, because misspelt settings are reported; any host, because
# key servers and Redis are settings. Key files are read from /keys and /run/secrets. The limit on
# file descriptors stands in /proc, which only --allow-all may read: the shell works out what the
# service would by itself.
CMD limit=$(ulimit -Hn); \
  if [ "$limit" -gt 1024 ] 2>/dev/null; then \
    export MAX_CONNECTIONS="${MAX_CONNECTIONS:-$((limit - 512))}"; \
  fi; \
  exec deno run --quiet --cached-only --frozen --no-prompt --no-code-cache \
    --v8-flags=--max-semi-space-size=4,--memory-reducer-delay-ms=1000,--gc-memory-reducer-start-delay-ms=1000,--memory-pool-timeout=1 \
    --allow-env --allow-net --allow-sys=systemMemoryInfo \
    --allow-read=/app,/deno-dir,/data,/keys,/run/secrets --allow-write=/data \
    main.ts
