/* The limit: the work of workload.py done by nothing but OpenSSL.

   usage: limit DIRECTORY, a folder with authority.pem, other_authority.pem, and for each identity
   (localhost, rich) NAME-chain.pem and NAME-key.pem. It speaks on standard input and output as
   workload.py does: one JSON document a line. What OpenSSL refuses ends the program. */
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>

enum { LARGE = 16384, SMALL = 64, RECORD_ROOM = 20000, FLIGHT_ROOM = 8192 };

static const char *directory;

static void
fail(const char *what)
{
    fprintf(stderr, "%s failed\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

#define MUST(call) do { if ((call) <= 0) fail(#call); } while (0)

/* ---- what both sides are configured with: as in workload.py ---- */

static const char *
file(const char *name)
{
    static char path[4096];

    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
        fail("a path this long");
    return path;
}

static SSL_CTX *
new_context(const SSL_METHOD *method, int tls13)
{
    SSL_CTX *context = SSL_CTX_new(method);

    if (context == NULL)
        fail("SSL_CTX_new");
    SSL_CTX_clear_options(context, SSL_CTX_get_options(context));
    SSL_CTX_set_options(context, SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1
                        | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE
                        | SSL_OP_ENABLE_MIDDLEBOX_COMPAT
                        | (tls13 ? SSL_OP_NO_TLSv1_2 : SSL_OP_NO_TLSv1_3));
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                     | SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS);
    MUST(SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES256-GCM-SHA384"));
    MUST(SSL_CTX_set1_groups_list(context, "P-256"));
    return context;
}

static SSL_CTX *
client_context(int tls13, const char *authority)
{
    SSL_CTX *context = new_context(TLS_client_method(), tls13);

    MUST(SSL_CTX_load_verify_locations(context, file(authority), NULL));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return context;
}

static SSL_CTX *
server_context(int tls13, const char *identity)
{
    SSL_CTX *context = new_context(TLS_server_method(), tls13);
    char name[64];

    snprintf(name, sizeof(name), "%s-chain.pem", identity);
    MUST(SSL_CTX_use_certificate_chain_file(context, file(name)));
    snprintf(name, sizeof(name), "%s-key.pem", identity);
    MUST(SSL_CTX_use_PrivateKey_file(context, file(name), SSL_FILETYPE_PEM));
    MUST(SSL_CTX_set_session_id_context(context, (const unsigned char *)"Python", 6));
    return context;
}

/* ---- a client and a server over memory BIOs ---- */

typedef struct {
    SSL *client, *server;
    size_t wire;                  /* bytes that went either way */
    unsigned char flight[FLIGHT_ROOM];  /* the server's first */
    size_t flight_length;
} Pair;

static SSL *
new_ssl(SSL_CTX *context)
{
    SSL *ssl = SSL_new(context);
    BIO *incoming = BIO_new(BIO_s_mem()), *outgoing = BIO_new(BIO_s_mem());

    if (ssl == NULL || incoming == NULL || outgoing == NULL)
        fail("SSL_new");
    BIO_set_mem_eof_return(incoming, -1);
    BIO_set_mem_eof_return(outgoing, -1);
    SSL_set_bio(ssl, incoming, outgoing);
    return ssl;
}

/* Moves what one has to say to the other. */
static size_t
move(SSL *from, SSL *to, unsigned char *buffer)
{
    int length = BIO_read(SSL_get_wbio(from), buffer, RECORD_ROOM);

    if (length <= 0)
        return 0;
    if (BIO_write(SSL_get_rbio(to), buffer, length) != length)
        fail("BIO_write");
    return (size_t)length;
}

/* 1: done, 0: wants to read, -1: refused. */
static int
step(SSL *ssl)
{
    int result = SSL_do_handshake(ssl);

    if (result == 1)
        return 1;
    return SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ ? 0 : -1;
}

static void
open_pair(Pair *pair, SSL_CTX *client, SSL_CTX *server, const char *host, SSL_SESSION *session)
{
    pair->client = new_ssl(client);
    pair->server = new_ssl(server);
    pair->wire = pair->flight_length = 0;
    MUST(SSL_set_tlsext_host_name(pair->client, host));
    MUST(SSL_set1_host(pair->client, host));
    if (session != NULL)
        MUST(SSL_set_session(pair->client, session));
    SSL_set_connect_state(pair->client);
    SSL_set_accept_state(pair->server);
}

static void
close_pair(Pair *pair)
{
    /* The session of a connection that was never shut down may not be resumed. */
    SSL_set_shutdown(pair->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(pair->client);
    SSL_free(pair->server);
}

/* 1, or 0 when one of them refuses the other. */
static int
shake(Pair *pair)
{
    unsigned char buffer[RECORD_ROOM];
    int client_done = 0, server_done = 0;

    while (!(client_done && server_done)) {
        if (!client_done)
            client_done = step(pair->client);
        pair->wire += move(pair->client, pair->server, buffer);
        if (!server_done)
            server_done = step(pair->server);
        size_t moved = move(pair->server, pair->client, buffer);
        if (pair->flight_length == 0 && moved <= FLIGHT_ROOM) {
            memcpy(pair->flight, buffer, moved);
            pair->flight_length = moved;
        }
        pair->wire += moved;
        if (client_done < 0 || server_done < 0) {
            ERR_clear_error();
            return 0;
        }
    }
    return 1;
}

/* ---- the clock and the answers ---- */

typedef struct { double wall, cpu; } Time;

static Time
now(void)
{
    struct timespec wall;
    struct rusage usage;

    clock_gettime(CLOCK_MONOTONIC, &wall);
    getrusage(RUSAGE_SELF, &usage);
    return (Time){(double)wall.tv_sec + (double)wall.tv_nsec / 1e9,
                  (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                  + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6};
}

static void
begin_answer(Time started, Time ended)
{
    printf("{\"wall\": %.9f, \"cpu\": %.9f, \"proof\": {", ended.wall - started.wall,
           ended.cpu - started.cpu);
}

static void
end_answer(void)
{
    printf("}}\n");
    fflush(stdout);
}

static void
print_hex(const char *name, const unsigned char *data, size_t length)
{
    printf(", \"%s\": \"", name);
    for (size_t i = 0; i < length; i++)
        printf("%02x", data[i]);
    printf("\"");
}

static void
print_digest(const char *name, const unsigned char *data, size_t length)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256(data, length, digest);
    print_hex(name, digest, sizeof(digest));
}

static void
print_peer(SSL *ssl)
{
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    unsigned char *der = NULL;
    int length = i2d_X509(certificate, &der);

    MUST(length);
    print_digest("peer", der, (size_t)length);
    OPENSSL_free(der);
    X509_free(certificate);
}

/* ---- the cases ---- */

static void
run_handshakes(int tls13, int resume, long iterations)
{
    static SSL_CTX *clients[2], *servers[2];
    static SSL_SESSION *sessions[2];
    unsigned char buffer[RECORD_ROOM];
    size_t wire = 0;
    long resumed = 0;
    Pair pair;

    if (clients[tls13] == NULL) {
        clients[tls13] = client_context(tls13, "authority.pem");
        servers[tls13] = server_context(tls13, "localhost");
        open_pair(&pair, clients[tls13], servers[tls13], "localhost", NULL);
        if (!shake(&pair))
            fail("the handshake");
        move(pair.server, pair.client, buffer);
        SSL_read(pair.client, buffer, 1);       /* TLS 1.3's tickets come after the handshake */
        sessions[tls13] = SSL_get1_session(pair.client);
        close_pair(&pair);
    }
    Time started = now();
    for (long i = 0; i < iterations; i++) {
        if (i > 0)
            close_pair(&pair);
        open_pair(&pair, clients[tls13], servers[tls13], "localhost",
                  resume ? sessions[tls13] : NULL);
        if (!shake(&pair))
            fail("the handshake");
        resumed += SSL_session_reused(pair.client);
        wire += pair.wire;
    }
    begin_answer(started, now());
    printf("\"handshakes\": %ld, \"resumed\": %ld, \"wire\": %.1f, \"version\": \"%s\", "
           "\"cipher\": \"%s\"", iterations, resumed, (double)wire / (double)iterations,
           SSL_get_version(pair.client), SSL_get_cipher_name(pair.client));
    print_peer(pair.client);
    print_hex("flight", pair.flight, pair.flight_length);
    end_answer();
    close_pair(&pair);
}

static void
run_bulk(size_t size, long iterations)
{
    static Pair pair;
    static unsigned char payload[LARGE], received[LARGE], buffer[RECORD_ROOM];
    size_t total = 0, wire = 0;

    if (pair.client == NULL) {
        open_pair(&pair, client_context(1, "authority.pem"), server_context(1, "localhost"),
                  "localhost", NULL);
        if (!shake(&pair))
            fail("the handshake");
        memset(payload, 'x', sizeof(payload));
    }
    memset(received, 0, sizeof(received));
    Time started = now();
    for (long i = 0; i < iterations; i++) {
        int count;
        MUST(SSL_write(pair.client, payload, (int)size));
        wire += move(pair.client, pair.server, buffer);
        MUST(count = SSL_read(pair.server, received, (int)size));
        total += (size_t)count;
    }
    begin_answer(started, now());
    printf("\"bytes\": %zu, \"wire\": %.1f, \"version\": \"%s\", \"cipher\": \"%s\"", total,
           (double)wire / (double)iterations, SSL_get_version(pair.client),
           SSL_get_cipher_name(pair.client));
    print_digest("received", received, size);
    end_answer();
}

static void
run_pipe(size_t size, long iterations)
{
    static BIO *bio;
    static unsigned char payload[LARGE], received[LARGE];
    size_t total = 0;

    if (bio == NULL && (bio = BIO_new(BIO_s_mem())) == NULL)
        fail("BIO_new");
    memset(payload, 'x', sizeof(payload));
    memset(received, 0, sizeof(received));
    Time started = now();
    for (long i = 0; i < iterations; i++) {
        int count;
        MUST(BIO_write(bio, payload, (int)size));
        MUST(count = BIO_read(bio, received, (int)size));
        total += (size_t)count;
    }
    begin_answer(started, now());
    printf("\"bytes\": %zu", total);
    print_digest("received", received, size);
    end_answer();
}

static void
run_certificate(long iterations)
{
    static Pair pair;
    static unsigned char copy[LARGE];
    int length = 0;

    if (pair.client == NULL) {
        open_pair(&pair, client_context(1, "authority.pem"), server_context(1, "rich"),
                  "localhost", NULL);
        if (!shake(&pair))
            fail("the handshake");
    }
    Time started = now();
    for (long i = 0; i < iterations; i++) {
        X509 *certificate = SSL_get1_peer_certificate(pair.client);
        unsigned char *der = NULL;
        length = i2d_X509(certificate, &der);
        if (length <= 0 || length > LARGE)
            fail("i2d_X509");
        memcpy(copy, der, (size_t)length);
        OPENSSL_free(der);
        X509_free(certificate);
    }
    begin_answer(started, now());
    printf("\"certificates\": %ld", iterations);
    print_digest("der", copy, (size_t)length);
    end_answer();
}

static int
accepts(const char *authority, const char *host)
{
    SSL_CTX *client = client_context(1, authority), *server = server_context(1, "localhost");
    Pair pair;

    open_pair(&pair, client, server, host, NULL);
    int accepted = shake(&pair);
    close_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    return accepted;
}

static const char *
truth(int value)
{
    return value ? "true" : "false";
}

static void
run(const char *name, long iterations)
{
    if (strcmp(name, "handshake_tls12") == 0)
        run_handshakes(0, 0, iterations);
    else if (strcmp(name, "handshake_tls13") == 0)
        run_handshakes(1, 0, iterations);
    else if (strcmp(name, "resumed_tls12") == 0)
        run_handshakes(0, 1, iterations);
    else if (strcmp(name, "resumed_tls13") == 0)
        run_handshakes(1, 1, iterations);
    else if (strcmp(name, "bulk_16384") == 0)
        run_bulk(LARGE, iterations);
    else if (strcmp(name, "bulk_64") == 0)
        run_bulk(SMALL, iterations);
    else if (strcmp(name, "pipe_16384") == 0)
        run_pipe(LARGE, iterations);
    else if (strcmp(name, "pipe_64") == 0)
        run_pipe(SMALL, iterations);
    else if (strcmp(name, "certificate_der") == 0)
        run_certificate(iterations);
    else
        fail(name);
}

int
main(int count, char **arguments)
{
    char line[256], name[64];
    long iterations;

    if (count != 2)
        fail("usage: limit DIRECTORY:");
    directory = arguments[1];
    printf("{\"openssl\": \"%s\", \"accepts\": {\"the right one\": %s, \"unknown authority\": %s, "
           "\"other host\": %s}}\n", OpenSSL_version(OPENSSL_VERSION),
           truth(accepts("authority.pem", "localhost")),
           truth(accepts("other_authority.pem", "localhost")),
           truth(accepts("authority.pem", "other.example")));
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        if (sscanf(line, "{\"case\":\"%63[a-z0-9_]\",\"iterations\":%ld}", name, &iterations) != 2
                || iterations < 1)
            fail("reading the request");
        run(name, iterations);
    }
    return 0;
}
