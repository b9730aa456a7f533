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

/* An in-memory pipe. SSL reads and writes it while the GIL is released, so it
   has a lock of its own, held for the time of a copy only. */
typedef struct {
    PyObject_HEAD
    unsigned char *data;
    size_t start, length, capacity;
    int eof_written;
    int connections_at_work;      /* counted with the GIL */
    pthread_mutex_t lock;         /* half the price of a PyThread lock */
    /* With the GIL: the process that has a thread waiting for a socket, or 0;
       and where receive_into() is in the TLS record that is coming. */
    pid_t sender, receiver;
    unsigned char header[5];
    size_t header_length, missing;
} MemoryBIO;

/* An SSL_CTX with the state Python 3 keeps beside it. `context` is at the
   place where 2.7's own _ssl._SSLContext has it. */
typedef struct {
    PyObject_HEAD
    SSL_CTX *context;
    int protocol;
    int check_hostname;
    int post_handshake_auth;
    unsigned int host_flags;
    PyObject *alpn;               /* str: protocols as they travel */
    int shared;                   /* with a stock context */
    int sni_installed, psk_installed;
    PyObject *sni_callback;
    PyObject *shared_sni;         /* weak: see share_sni_callback() */
    PyObject *psk_client_callback;
    PyObject *psk_server_callback;
    PyObject *message_callback;
    PyObject *keylog_filename;
    BIO *keylog;
    PyThread_type_lock keylog_lock;
    int can_load;                 /* there is the next */
    pthread_mutex_t loading;      /* held by who loads: see begin_loading() */
    PyObject *weak_references;
} Context;

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

typedef struct {
    STOCK_SOCKET_FIELDS
    Context *core;                /* the context as C sees it */
    MemoryBIO *incoming, *outgoing;
    PyObject *server_hostname;
    PyObject *alpn;               /* OpenSSL may be reading it */
    PyObject *message_error[3];   /* type, value, traceback: see there */
    unsigned long untold_error;   /* OpenSSL's, for the next that fails; or 0 */
    /* An SSL must not be used by two threads at once. */
    pthread_mutex_t lock;
    long lock_holder;
    int lock_depth;
    PyObject *weak_references;
} SSLObject;

typedef struct {
    PyObject_HEAD
    SSL_SESSION *session;
    Context *core;
} Session;

/* What an extension's types have. The last is for those that never change a
   type's dictionary behind Python's back: then its attributes are cached. */
#define TYPE_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VERSION_TAG)

extern PyTypeObject MemoryBIO_Type, Context_Type, SSLObject_Type, Session_Type;

/* memory_bio.c */
int memory_bio_setup(void);
BIO *memory_bio_as_bio(MemoryBIO *self);
PyObject *memory_bio_send_from(PyObject *module, PyObject *arguments);
PyObject *memory_bio_receive_into(PyObject *module, PyObject *arguments);

/* context.c */
int context_setup(void);
int context_new_ssl_settings(Context *core, SSL *ssl, int server_side);
PyObject *context_adopt(PyObject *module, PyObject *arguments);
PyObject *context_read_shared(PyObject *module, PyObject *pointer_holder);

/* ssl_object.c */
PyObject *ssl_object_new(Context *core, PyObject *arguments, PyObject *keywords);
PyObject *ssl_object_add_methods(PyObject *module, PyObject *arguments);

PyObject *ssl_object_owner(SSLObject *object);

/* message_callback.c */
int message_callback_failed(SSLObject *self);
PyObject *message_callback_get(Context *self, void *closure);
int message_callback_set(Context *self, PyObject *value, void *closure);

/* session.c */
PyObject *session_from_ssl(SSLObject *object);
int session_apply(SSLObject *object, PyObject *value);

/* certificate.c */
int certificate_setup(void);
PyObject *certificate_to_dict(X509 *certificate);
PyObject *certificate_to_der(X509 *certificate);
PyObject *certificate_chain_to_list(STACK_OF(X509) *chain);

/* errors.c */
#define AS_TEXT_(tokens) #tokens
#define AS_TEXT(tokens) AS_TEXT_(tokens)
#define HERE __FILE__ ":" AS_TEXT(__LINE__)
int errors_setup(void);
PyObject *errors_register(PyObject *module, PyObject *verification_error);
/* All of these set a Python exception, empty OpenSSL's queue, return NULL. */
PyObject *raise_openssl(const char *where);
int openssl_failed(const char *where);     /* returns -1 instead */
PyObject *raise_with_text(const char *text, const char *where);
PyObject *raise_plain(const char *text);
PyObject *raise_from_ssl(SSL *ssl, int error, const char *where);
int ran_out_of_memory(void);
void forget_errors(void);
void put_error_back(unsigned long code);

/* module.c: arguments */
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
int bytes_argument(PyObject *value, Py_buffer *view);
int path_argument(PyObject *value, PyObject **path, const char *complaint);
int text_argument(PyObject *value, PyObject **text, const char *complaint);
PyObject *refuse_pickling(PyObject *self, PyObject *ignored);
#define REFUSE_PICKLING \
    {"__reduce__", (PyCFunction)refuse_pickling, METH_VARARGS, NULL}, \
    {"__reduce_ex__", (PyCFunction)refuse_pickling, METH_VARARGS, NULL}

#endif
