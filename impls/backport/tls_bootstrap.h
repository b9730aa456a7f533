/* What the parts of __tls_bootstrap share. */
#ifndef TLS_BOOTSTRAP_H
#define TLS_BOOTSTRAP_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <pythread.h>
#include <sys/types.h>
/* OpenSSL 1.1.1's headers name parameters as Python.h names types. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#pragma GCC diagnostic pop

/* THREADS, CALLBACKS, FORKS: the rules

   An SSL_CTX is written, copied (SSL_new) and switched to (SSL_set_SSL_CTX)
   with the GIL, and neither a Python object is made nor Python code run in
   between. So no thread, finalizer, signal handler or child of fork() finds
   one half-changed, and no lock is needed that any of them could wait for.
   Files are read without the GIL, into objects that nobody else has.

   What is kept where, and what keeps it:

   what                          written                      read
   ----------------------------  ---------------------------  ----------------
   fields of the objects         GIL                          GIL
   SSL_CTX: what SSL_new copies  GIL                          GIL
     (certificates, options,
     verification, groups, ...)
   SSL_CTX: cipher list, lookups GIL, and no connection of    inside OpenSSL
     and directories of trust    the context inside OpenSSL:
                                 context_wait_until_idle()
   SSL_CTX: trusted certificates X509_STORE's own lock        the same
   SSL_CTX: its callbacks        set once, never taken out;   inside OpenSSL
                                 those that SSL_new copies
                                 (PSK, message): GIL
   Anchor.context                GIL                          GIL
   Anchor.keylog, keylog_turn    Anchor.lock, no GIL          Anchor.lock
   SSL                           its driver, inside OpenSSL   its driver; GIL
                                 or with the GIL              and Inspects
   MemoryBIO: the bytes          MemoryBIO.lock; the GIL      the same
                                 alone where no connection
                                 is inside OpenSSL with it

   "Inside OpenSSL" is between ssl_object_enter_openssl(), which releases the
   GIL, and ssl_object_leave_openssl(); a Python callback is outside. So is the
   stock module's servername callback, which takes the GIL by itself: it is
   known by the state of the driver's thread, and whoever waits looks for it.

   Order: the GIL is never waited for with a lock. A lock is waited for with
   the GIL only where its holders need nothing and hold it for a copy
   (MemoryBIO.lock, the mutex of threads_wait()); for all else (a driver, a
   context that is not idle, a key log) the GIL is released. Of threads that
   would wait for each other's objects for ever, each in a callback, the last
   gets an SSLError.

   Methods are of three kinds, and what a callback may call follows from it:

   kind          begins with                 from a callback of the object
   ------------  --------------------------  ---------------------------------
   inspects      ssl_object_inspect()        yes, also from other threads
   drives        ssl_object_begin()          SSLError: OpenSSL does not survive
                                             that
   reconfigures  ssl_object_reconfigure()    the context in a servername
                                             callback; the session never, once
                                             the handshake has begun

   inspects: cipher, client_sigalg, compression, context, getpeercert,
   get_channel_binding, get_unverified_chain, get_verified_chain, group,
   is_closed_by_peer, owner, pending, selected_alpn_protocol, server_hostname,
   server_side, server_sigalg, session (reading), session_reused,
   shared_ciphers, version.
   drives: do_handshake, read, shutdown, shutdown_half,
   verify_client_post_handshake, write.
   reconfigures: _set_context, session (setting). A context's own methods may
   be called from anywhere.

   What OpenSSL lends (a list, a certificate, a name) is copied or counted
   before the first Python object is made: that may collect garbage, where any
   code runs, and lets other threads run. What an SSL notes of signatures lies
   in the SSL_CTX that it had then: ssl_object_keep_signatures().

   Callbacks: what one raises is reported or kept at once, so that none is
   called with an exception pending; the password's is not called again once it
   has failed. No function returns a result with an exception set.

   A child of fork() has what other threads were doing as it was: what counts
   or locks has a generation, and one of another generation begins anew. An
   object that another thread was driving is of no use there: SSLError. */

extern unsigned int threads_generation;
extern long threads_forker;

typedef struct {
    pthread_mutex_t mutex;
    unsigned int generation;
} Mutex;

/* The numbers of Python's PROTOCOL_ constants. */
enum {
    PROTOCOL_TLS = 2, PROTOCOL_TLSv1 = 3, PROTOCOL_TLSv1_1 = 4,
    PROTOCOL_TLSv1_2 = 5, PROTOCOL_TLS_CLIENT = 16, PROTOCOL_TLS_SERVER = 17
};

/* An in-memory pipe. */
typedef struct {
    PyObject_HEAD
    unsigned char *data;
    size_t start, length, capacity;
    int eof_written;
    int users;                    /* connections inside OpenSSL with it */
    unsigned int generation;      /* of users */
    Mutex lock;
    /* The process that has a thread waiting for a socket, or 0; and where
       receive_into() is in the TLS record that is coming. */
    pid_t sender, receiver;
    unsigned char header[5];
    size_t header_length, missing;
} MemoryBIO;

typedef struct Anchor Anchor;

/* An SSL_CTX with the state Python 3 keeps beside it. `context` is at the
   place where 2.7's own _ssl._SSLContext has it. */
typedef struct {
    PyObject_HEAD
    SSL_CTX *context;
    Anchor *anchor;               /* the SSL_CTX's */
    int protocol;
    int check_hostname;
    int post_handshake_auth;
    unsigned int host_flags;
    int shared;                   /* with a stock context */
    int psk_installed;            /* a callback of ours was, at some time */
    int lookups_added;            /* see trust.c */
    struct SSLObject *inside;     /* connections inside OpenSSL with it */
    int changing;                 /* threads that wait until there are none */
    unsigned int generation;      /* of these two */
    PyObject *alpn;               /* str: protocols as they travel */
    PyObject *sni_callback;
    PyObject *shared_sni;         /* weak: see context_share_sni_callback() */
    PyObject *psk_client_callback;
    PyObject *psk_server_callback;
    PyObject *message_callback;
    PyObject *keylog_filename;
    PyObject *weak_references;
} Context;

/* What the callbacks of an SSL_CTX find. It goes with the SSL_CTX, which may
   outlive its Context: a connection keeps the one that it began with. */
struct Anchor {
    Context *context;             /* borrowed; NULL once it is gone */
    Mutex lock;
    BIO *keylog;
    unsigned long keylog_turn;    /* whose that is */
    unsigned long keylog_turns;   /* how often it was replaced; GIL */
};

/* The fields 2.7's servername callback looks at in whatever SSL_get_app_data
   gives it: a context grafted onto the stock class shares its SSL_CTX with
   the stock callback, so every SSL of ours must look like a stock one. */
#define STOCK_SOCKET_FIELDS \
    PyObject_HEAD \
    PyObject *socket;             /* stock only */ \
    PyObject *owner;              /* weak reference to the Python object */ \
    SSL *ssl; \
    PyObject *context;            /* the context as Python sees it */ \
    X509 *peer_certificate;       /* stock only */ \
    char shutdown_seen_zero; \
    char handshake_done; \
    int socket_type;              /* stock only */

typedef struct {
    STOCK_SOCKET_FIELDS
} StockSocket;

typedef enum {
    NO_CALLBACK, SERVERNAME_CALLBACK, OTHER_CALLBACK
} CallbackKind;

typedef struct SSLObject {
    STOCK_SOCKET_FIELDS
    Context *core;                /* the context as C sees it */
    Context *negotiated;          /* that its session is or will be from */
    int core_used;                /* OpenSSL has worked on it since it is core */
    SSL_CTX **former;             /* counted: what core had before such ones */
    size_t former_count;
    MemoryBIO *incoming, *outgoing;
    PyObject *server_hostname;
    int checks_hostname;          /* the certificate must be for that */
    PyObject *alpn;               /* OpenSSL may be reading it */
    /* Type, value and traceback of what the message callback raised in the
       operation that runs: ssl_object_drive() takes it. */
    PyObject *message_error[3];
    unsigned long untold_error;   /* see ssl_object_drive() */
    int eof_met;                  /* an operation has raised SSLEOFError */
    long driver;                  /* the thread in an operation, or 0 */
    PyThreadState *thread;        /* the driver's, while inside OpenSSL */
    int gil_depth;                /* its PyGILState_Ensure()s until then */
    Context *entered;             /* with this context; counted */
    struct SSLObject *next_inside;    /* another one with it */
    CallbackKind callback;        /* that the driver is in */
    int abandoned;                /* by a thread that a fork left behind */
    unsigned int generation;      /* of these seven */
    PyObject *weak_references;
} SSLObject;

typedef struct {
    PyObject_HEAD
    SSL_SESSION *session;
    Context *core;                /* that its connection had when it was read */
    Context *negotiated;          /* that it was negotiated under */
    int is_complete;              /* its handshake was over */
    long verify_result;           /* of the connection that it is from */
    PyObject *verified_hostname;  /* what that checked the certificate for */
    unsigned long verify_flags;   /* and how */
    unsigned int host_flags;
} Session;

/* What an extension's types have. The last is for those that never change a
   type's dictionary behind Python's back: then its attributes are cached. */
#define TYPE_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VERSION_TAG)

extern PyTypeObject MemoryBIO_Type, Context_Type, SSLObject_Type, Session_Type;

/* threads.c */
int threads_setup(void);
void threads_wait(void);
void threads_announce(void);
int mutex_init(Mutex *self);
void mutex_destroy(Mutex *self);
void mutex_lock(Mutex *self);
void mutex_unlock(Mutex *self);

/* inside.c */
void context_wait_until_idle(Context *self);
int ssl_object_is_abandoned(SSLObject *self);
int ssl_object_inspect(SSLObject *self);
int ssl_object_begin(SSLObject *self);
void ssl_object_end(SSLObject *self);
int ssl_object_reconfigure(SSLObject *self);
void ssl_object_enter_openssl(SSLObject *self);
void ssl_object_leave_openssl(SSLObject *self);
void ssl_object_follow_core(SSLObject *self);

typedef struct {
    SSLObject *object;            /* or NULL, for the stock module's */
    PyGILState_STATE gil;
    unsigned long error;          /* the last in OpenSSL's queue */
} Callback;

SSLObject *ssl_object_of(const SSL *ssl);
PyObject *ssl_object_owner(PyObject *reference);
void callback_begin(Callback *self, const SSL *ssl, CallbackKind kind);
void callback_end(Callback *self);

/* memory_bio.c */
int memory_bio_setup(void);
BIO *memory_bio_as_bio(MemoryBIO *self);
void memory_bio_use(MemoryBIO *self);
void memory_bio_unuse(MemoryBIO *self);
PyObject *memory_bio_send_from(PyObject *module, PyObject *arguments);
PyObject *memory_bio_receive_into(PyObject *module, PyObject *arguments);

/* context.c */
int context_setup(void);
int context_new_ssl_settings(Context *core, SSL *ssl, int server_side);
PyObject *context_adopt(PyObject *module, PyObject *arguments);
PyObject *context_read_shared(PyObject *module, PyObject *pointer_holder);

/* trust.c */
PyObject *context_load_dh_params(Context *self, PyObject *value);
PyObject *context_load_cert_chain(Context *self, PyObject *arguments,
                                  PyObject *keywords);
PyObject *context_load_verify_locations(Context *self, PyObject *arguments,
                                        PyObject *keywords);
PyObject *context_set_default_verify_paths(Context *self);
PyObject *context_cert_store_stats(Context *self);
PyObject *context_get_ca_certs(Context *self, PyObject *arguments,
                               PyObject *keywords);

/* callbacks.c */
int callbacks_setup(void);
int context_attach(Context *self);
void context_detach(Context *self);
Anchor *anchor_of_ssl_context(const SSL_CTX *context);
Context *context_of_ssl_context(const SSL_CTX *context);
PyObject *context_set_alpn(Context *self, PyObject *value);
PyObject *context_share_sni_callback(Context *self, PyObject *arguments);
PyObject *context_get_sni_callback(Context *self, void *closure);
int context_set_sni_callback(Context *self, PyObject *value, void *closure);
PyObject *context_set_psk_client_callback(Context *self, PyObject *arguments,
                                          PyObject *keywords);
PyObject *context_set_psk_server_callback(Context *self, PyObject *arguments,
                                          PyObject *keywords);

/* key_log.c */
PyObject *context_get_keylog_filename(Context *self, void *closure);
int context_set_keylog_filename(Context *self, PyObject *value, void *closure);

/* ssl_object.c */
int ssl_object_setup(void);
PyObject *ssl_object_add_methods(PyObject *module, PyObject *arguments);

/* inspection.c */
PyObject *ssl_object_cipher(SSLObject *self);
PyObject *ssl_object_shared_ciphers(SSLObject *self);
PyObject *ssl_object_version(SSLObject *self);
PyObject *ssl_object_compression(SSLObject *self);
PyObject *ssl_object_selected_alpn_protocol(SSLObject *self);
PyObject *ssl_object_get_channel_binding(SSLObject *self);
PyObject *ssl_object_getpeercert(SSLObject *self, PyObject *binary_object);
PyObject *ssl_object_get_verified_chain(SSLObject *self);
PyObject *ssl_object_get_unverified_chain(SSLObject *self);

/* groups_and_signatures.c */
PyObject *context_set_ciphersuites(Context *self, PyObject *value);
PyObject *context_set_groups(Context *self, PyObject *value);
PyObject *context_set_client_sigalgs(Context *self, PyObject *value);
PyObject *context_set_server_sigalgs(Context *self, PyObject *value);
PyObject *context_get_groups(Context *self, PyObject *arguments,
                             PyObject *keywords);
PyObject *module_get_sigalgs(PyObject *module, PyObject *ignored);
int ssl_object_keep_signatures(SSLObject *self);
void ssl_object_free_signatures(SSLObject *self);
PyObject *ssl_object_group(SSLObject *self);
PyObject *ssl_object_client_sigalg(SSLObject *self);
PyObject *ssl_object_server_sigalg(SSLObject *self);

/* message_callback.c */
PyObject *message_callback_get(Context *self, void *closure);
int message_callback_set(Context *self, PyObject *value, void *closure);

/* session.c */
PyObject *session_from_ssl(SSLObject *object);
int session_apply(SSLObject *object, PyObject *value);

/* certificate.c */
PyObject *certificate_to_dict(X509 *certificate);
PyObject *certificate_to_der(X509 *certificate);
PyObject *certificate_chain_to_list(STACK_OF(X509) *chain);

/* errors.c */
#define AS_TEXT_(tokens) #tokens
#define AS_TEXT(tokens) AS_TEXT_(tokens)
#define HERE __FILE__ ":" AS_TEXT(__LINE__)

/* What an operation of OpenSSL's ended in, taken before the GIL is. */
typedef struct {
    int result;
    int error;                    /* SSL_get_error() */
    unsigned long code;           /* the last in the queue, or 0 */
    long verify_result;
} Outcome;

int errors_setup(void);
PyObject *errors_register(PyObject *module, PyObject *verification_error);
PyTypeObject *errors_stock_type(const char *name);
/* All of these set a Python exception, empty OpenSSL's queue, return NULL. */
PyObject *raise_openssl(const char *where);
int openssl_failed(const char *where);     /* returns -1 instead */
PyObject *raise_outcome(SSLObject *object, const Outcome *outcome,
                        const char *where);
PyObject *raise_eof(const char *where);
PyObject *raise_with_text(const char *text, const char *where);
PyObject *raise_plain(const char *text);
PyObject *raise_code(unsigned long code, const char *where);
PyObject *raise_errno(int number, PyObject *filename);
PyObject *raise_no_memory(void);
int ran_out_of_memory(void);
void forget_errors(void);
void put_error_back(unsigned long code);

/* arguments.c */
static inline int
one_argument(PyObject *arguments, PyObject **value)
{
    /* PyArg_UnpackTuple() where it has nothing to complain about. */
    if (PyTuple_GET_SIZE(arguments) != 1)
        return 0;
    *value = PyTuple_GET_ITEM(arguments, 0);
    return 1;
}

PyObject *as_index(PyObject *value);
int int_argument(PyObject *value, int *result);
int long_argument(PyObject *value, long *result);
int size_argument(PyObject *value, Py_ssize_t *result);
int is_integer(PyObject *value);
int unsigned_argument(PyObject *value, unsigned PY_LONG_LONG *result);
int mask_argument(PyObject *value, int bits, unsigned long *result);
int bytes_argument(PyObject *value, Py_buffer *view);
int path_argument(PyObject *value, PyObject **path, const char *complaint);
int text_argument(PyObject *value, PyObject **text, const char *complaint);
PyObject *text_to_utf8(PyObject *value);
PyObject *text_from_utf8(const char *data, Py_ssize_t size);
PyObject *native_text_from_utf8(const char *data, Py_ssize_t size);
int text_is_ascii(const char *data, Py_ssize_t size);
int refuse_deletion(PyObject *value);
PyObject *refuse_pickling(PyObject *self, PyObject *ignored);
#define REFUSE_PICKLING \
    {"__reduce__", (PyCFunction)refuse_pickling, METH_VARARGS, NULL}, \
    {"__reduce_ex__", (PyCFunction)refuse_pickling, METH_VARARGS, NULL}

#endif
