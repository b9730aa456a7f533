/* Groups, TLS 1.3 cipher suites and signature algorithms: what a context
   allows, what an SSLObject has agreed on. What this OpenSSL is too old for
   raises NotImplementedError, as in Python 3.15. */
#include "tls_bootstrap.h"

#if OPENSSL_VERSION_NUMBER < 0x30500000L
static PyObject *
needs_newer_openssl(const char *what, const char *version)
{
    return PyErr_Format(PyExc_NotImplementedError,
                        "%s needs OpenSSL %s or newer, and this is %s", what,
                        version, OpenSSL_version(OPENSSL_VERSION));
}
#endif

/* ---- what a context allows ---- */

/* What reads a list of names into an SSL_CTX. */
typedef int (*NamesReader)(SSL_CTX *context, const char *names);

static int
context_read_groups(SSL_CTX *context, const char *names)
{
    return (int)SSL_CTX_set1_groups_list(context, names);
}

static int
context_read_client_sigalgs(SSL_CTX *context, const char *names)
{
    return (int)SSL_CTX_set1_client_sigalgs_list(context, names);
}

static int
context_read_server_sigalgs(SSL_CTX *context, const char *names)
{
    return (int)SSL_CTX_set1_sigalgs_list(context, names);
}

/* None, or NULL and an exception: the complaint is of the type of the value,
   the refusal of names that OpenSSL does not take. */
static PyObject *
context_set_names(Context *self, PyObject *value, NamesReader read,
                  const char *complaint, const char *refusal)
{
    PyObject *text;
    int done;

    if (!text_argument(value, &text, complaint))
        return NULL;
    /* OpenSSL makes the list of all ciphers anew: see set_ciphers(). */
    if (read == SSL_CTX_set_ciphersuites)
        context_wait_until_idle(self);
    forget_errors();
    done = read(self->context, PyString_AS_STRING(text));
    Py_DECREF(text);
    if (!done)
        return raise_with_text(refusal, HERE);
    forget_errors();                  /* of names that it could leave out */
    Py_RETURN_NONE;
}

PyObject *
context_set_ciphersuites(Context *self, PyObject *value)
{
    return context_set_names(
        self, value, SSL_CTX_set_ciphersuites,
        "set_ciphersuites() argument must be str, not %.50s",
        "No cipher suite can be selected.");
}

PyObject *
context_set_groups(Context *self, PyObject *value)
{
    return context_set_names(
        self, value, context_read_groups,
        "set_groups() argument must be str, not %.50s",
        "unrecognized group");
}

PyObject *
context_set_client_sigalgs(Context *self, PyObject *value)
{
    return context_set_names(
        self, value, context_read_client_sigalgs,
        "set_client_sigalgs() argument must be str, not %.50s",
        "unrecognized signature algorithm");
}

PyObject *
context_set_server_sigalgs(Context *self, PyObject *value)
{
    return context_set_names(
        self, value, context_read_server_sigalgs,
        "set_server_sigalgs() argument must be str, not %.50s",
        "unrecognized signature algorithm");
}

/* ---- what there is ---- */

#if OPENSSL_VERSION_NUMBER >= 0x30500000L
/* The names are the SSL_CTX's, the stack is the caller's: NULL where there is
   no memory for it. */
static STACK_OF(OPENSSL_CSTRING) *
context_find_groups(Context *self, int include_aliases)
{
    STACK_OF(OPENSSL_CSTRING) *names = sk_OPENSSL_CSTRING_new_null();

    if (names != NULL
            && SSL_CTX_get0_implemented_groups(self->context, include_aliases,
                                               names))
        return names;
    sk_OPENSSL_CSTRING_free(names);
    return NULL;
}

static PyObject *
context_list_groups(Context *self, int include_aliases)
{
    STACK_OF(OPENSSL_CSTRING) *names;
    PyObject *list;
    int i;

    forget_errors();
    names = context_find_groups(self, include_aliases);
    if (names == NULL)
        return raise_openssl(HERE);
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_OPENSSL_CSTRING_num(names); i++) {
        PyObject *name =
            PyString_FromString(sk_OPENSSL_CSTRING_value(names, i));
        if (name == NULL || PyList_Append(list, name) < 0)
            Py_CLEAR(list);
        Py_XDECREF(name);
    }
    sk_OPENSSL_CSTRING_free(names);
    return list;
}
#else
static PyObject *
context_list_groups(Context *self, int include_aliases)
{
    (void)self;
    (void)include_aliases;
    return needs_newer_openssl("get_groups()", "3.5");
}
#endif

/* get_groups(*, include_aliases=False): those that the versions of the context
   leave, whatever set_groups() chose. */
PyObject *
context_get_groups(Context *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"include_aliases", NULL};
    PyObject *aliases = Py_False;
    int include_aliases;

    if (PyTuple_GET_SIZE(arguments) != 0) {
        PyErr_SetString(PyExc_TypeError,
                        "get_groups() takes no positional arguments");
        return NULL;
    }
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|O:get_groups",
                                     names, &aliases))
        return NULL;
    include_aliases = PyObject_IsTrue(aliases);
    return include_aliases < 0 ? NULL
        : context_list_groups(self, include_aliases);
}

#if OPENSSL_VERSION_NUMBER >= 0x30400000L
static PyObject *
split_at_colons(const char *names)
{
    PyObject *text = PyString_FromString(names);
    PyObject *list = text == NULL ? NULL
        : PyObject_CallMethod(text, "split", "s", ":");

    Py_XDECREF(text);
    return list;
}

PyObject *
module_get_sigalgs(PyObject *module, PyObject *ignored)
{
    PyObject *list;
    char *names;

    (void)module;
    (void)ignored;
    forget_errors();
    names = SSL_get1_builtin_sigalgs(NULL);
    if (names == NULL)
        return raise_openssl(HERE);
    list = split_at_colons(names);
    OPENSSL_free(names);
    return list;
}
#else
PyObject *
module_get_sigalgs(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    return needs_newer_openssl("get_sigalgs()", "3.4");
}
#endif

/* ---- what was agreed: these inspect ---- */

PyObject *
ssl_object_group(SSLObject *self)
{
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
    if (!ssl_object_inspect(self))
        return NULL;
    /* OpenSSL looks into the session, which there need not be yet. */
    return Py_BuildValue("z", SSL_get0_session(self->ssl) == NULL
                         ? NULL : SSL_get0_group_name(self->ssl));
#else
    (void)self;
    return needs_newer_openssl("group()", "3.2");
#endif
}

/* Before an SSL changes its SSL_CTX: what it has noted of signatures lies in
   the old one, which is kept for as long as the SSL. Nothing is noted while
   OpenSSL does not work on it. 0 and an exception where there is no memory. */
int
ssl_object_keep_signatures(SSLObject *self)
{
    SSL_CTX *old = SSL_get_SSL_CTX(self->ssl), **longer;
    size_t i;

    for (i = 0; i < self->former_count; i++)
        if (self->former[i] == old)
            return 1;
    if (!self->core_used)
        return 1;
    longer = OPENSSL_realloc((void *)self->former,
                             (self->former_count + 1) * sizeof(*longer));
    if (longer != NULL)
        self->former = longer;
    if (longer == NULL || !SSL_CTX_up_ref(old)) {
        raise_no_memory();
        return 0;
    }
    self->former[self->former_count++] = old;
    return 1;
}

void
ssl_object_free_signatures(SSLObject *self)
{
    while (self->former_count > 0)
        SSL_CTX_free(self->former[--self->former_count]);
    OPENSSL_free((void *)self->former);
    self->former = NULL;
}

#if OPENSSL_VERSION_NUMBER >= 0x30500000L
/* The algorithm with which this side has signed, or else the other one. */
static PyObject *
ssl_object_signature_of(SSLObject *self, int own)
{
    const char *name = NULL;
    int known;

    known = own ? SSL_get0_signature_name(self->ssl, &name)
        : SSL_get0_peer_signature_name(self->ssl, &name);
    return Py_BuildValue("z", known ? name : NULL);
}
#endif

PyObject *
ssl_object_client_sigalg(SSLObject *self)
{
#if OPENSSL_VERSION_NUMBER >= 0x30500000L
    return ssl_object_inspect(self)
        ? ssl_object_signature_of(self, !SSL_is_server(self->ssl)) : NULL;
#else
    (void)self;
    return needs_newer_openssl("client_sigalg()", "3.5");
#endif
}

PyObject *
ssl_object_server_sigalg(SSLObject *self)
{
#if OPENSSL_VERSION_NUMBER >= 0x30500000L
    return ssl_object_inspect(self)
        ? ssl_object_signature_of(self, SSL_is_server(self->ssl)) : NULL;
#else
    (void)self;
    return needs_newer_openssl("server_sigalg()", "3.5");
#endif
}
