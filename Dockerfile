# Signalbox in a container. Build: docker build -t signalbox .
# Run:   docker run -p 8787:8787 -v signalbox-data:/app/data --env-file .env -e SIGNALBOX_ADMIN_TOKEN=... signalbox
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --omit=dev --no-audit --no-fund

FROM node:24-slim
# An init that reaps: Node as process 1 would leave the children of tools behind as zombies. bubblewrap is the sandbox of
# programs; it needs user namespaces, which Docker's default seccomp profile refuses: without them programs are off, and that is said.
RUN apt-get update && apt-get install -y --no-install-recommends tini bubblewrap python3-minimal && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8787
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY scripts ./scripts
COPY config ./config
COPY skills ./skills
COPY tools ./tools
COPY src ./src
# The one folder that is written to; everything else stays root's.
RUN mkdir data && chown node:node data
USER node
VOLUME /app/data
EXPOSE 8787
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.PORT||8787)+'/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["node", "src/cli.ts", "start"]
