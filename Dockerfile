# Millrace in a container: built on Debian 12, shipped with what it needs to run and nothing else.
#
#   docker build -t millrace .
#   docker run --rm -v millrace:/data millrace run --data /data
FROM debian:12 AS build
WORKDIR /src
COPY scripts/setup scripts/setup
RUN scripts/setup --without-kafka && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release && cmake --build --preset release --target millrace

FROM debian:12-slim
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends librocksdb7.8 libsimdjson14 libfmt9 libspdlog1.10 libssl3 \
      libdate-tz3 libjemalloc2 librdkafka1 libprometheus-cpp-core1.0 libcpp-httplib0.11 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /data millrace
COPY --from=build /src/build/release/millrace /usr/local/bin/millrace
USER millrace
WORKDIR /data
VOLUME /data
ENTRYPOINT ["millrace"]
CMD ["--help"]
