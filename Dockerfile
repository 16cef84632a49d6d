# Kapu in a container: built in one stage, run in another without compilers, development packages or root.
# docker build -t kapu . ; docker run --read-only --tmpfs /tmp --env-file kapu.env -p 3000:3000 kapu
FROM node:24-bookworm-slim AS build
WORKDIR /kapu
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY provider provider
COPY adapters adapters
COPY config config
COPY scripts scripts
COPY views views
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /kapu
COPY --from=build /kapu/package.json ./
COPY --from=build /kapu/node_modules node_modules
COPY --from=build /kapu/dist dist
# Of the embedded store; with Redis nothing is written here.
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
USER 1000:1000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["node", "-e", "const { PORT: port, TLS_CERT } = process.env; require(TLS_CERT ? 'https' : 'http').get({ host: '127.0.0.1', port, path: '/health/ready', rejectUnauthorized: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# node itself is told of SIGTERM, and lets what is under way end.
CMD ["node", "dist/provider/main.js"]
