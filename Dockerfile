# Two images of one program: `docker build .` makes `action`, the last stage, as GitHub's runner does;
# `docker build --target ci .` makes the one with a shell.
#
# A release names its bases by digest. Nothing here needs BuildKit.
ARG RUST_IMAGE=rust:1.95-slim-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${RUST_IMAGE} AS build
WORKDIR /build
# The target; empty: the machine's own. Another one needs its linker in the image.
ARG TARGET
# Static, so that it runs where there is nothing else. glibc from 2.34 on looks names up in /etc/hosts and
# by DNS without loading a library. Packed relocations are 170 KB less.
ENV RUSTFLAGS="-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs" CARGO_TERM_COLOR=never
# Dependencies are a layer of their own: they change less often than the program.
COPY Cargo.toml Cargo.lock ./
# The flags above must not reach build scripts and macros, so that the target is always named.
RUN target=${TARGET:-$(rustc -vV | sed -n 's/^host: //p')} \
    && mkdir src && echo '//! A stand-in.' | tee src/lib.rs > src/main.rs && echo 'fn main() {}' >> src/main.rs \
    && cargo build --locked --release --target "$target" \
    && rm -r src
COPY src src
# `secretzero schema` prints it.
COPY docs/Secretfile.schema.json docs/
# The sources may be older than what was built in their place.
RUN target=${TARGET:-$(rustc -vV | sed -n 's/^host: //p')} \
    && touch src/main.rs src/lib.rs \
    && cargo build --locked --release --target "$target" \
    && mkdir -p /image \
    && mv "target/$target/release/secretzero" /image/secretzero \
    && ln -s secretzero /image/secretzero-post

# For GitLab, and for container jobs of Azure Pipelines: their agents start a shell, so that there is no
# entrypoint, and make a user of their own, so that the image's user is root.
FROM ${DEBIAN_IMAGE} AS ci
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /image/secretzero /usr/local/bin/secretzero
CMD ["bash"]
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="secretzero-ci" \
      org.opencontainers.image.description="Makes Azure Key Vault match a declarative Secretfile; with a shell, for GitLab and Azure Pipelines" \
      org.opencontainers.image.source="https://github.com/secretzero/secretzero" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# For GitHub, and for `docker run`: the program alone. Mozilla's roots are in it, and no shell could drop
# inputs with dashes. It is root where nobody says otherwise, as the runner's files need.
FROM scratch AS action
COPY --from=build /image/ /
COPY LICENSE /LICENSE
ENTRYPOINT ["/secretzero"]
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="secretzero" \
      org.opencontainers.image.description="Makes Azure Key Vault match a declarative Secretfile" \
      org.opencontainers.image.source="https://github.com/secretzero/secretzero" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
