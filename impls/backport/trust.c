/* What a context shows and trusts: certificates, keys, authorities. */
#include "tls_bootstrap.h"

#include <errno.h>

/* What loading a file ended in: the exception of a callback, what errno says
   of the file, or OpenSSL's error, in this order. */
static PyObject *
trust_raise_loading(PyObject *filename, int error, const char *where)
{
    if (!PyErr_Occurred() && !error)
        return raise_openssl(where);
    if (!PyErr_Occurred())
        raise_errno(error, filename);
    ERR_clear_error();
    return NULL;
}

/* ---- Diffie-Hellman parameters ---- */

/* Deprecated by 3.0, but its decoders give other errors. */
#if OPENSSL_VERSION_NUMBER >= 0x40000000L
typedef EVP_PKEY DhParameters;
#define read_dh_parameters(bio) PEM_read_bio_Parameters(bio, NULL)
#else
typedef DH DhParameters;
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#define read_dh_parameters(bio) PEM_read_bio_DHparams(bio, NULL, NULL, NULL)
#endif

/* Takes the parameters over. */
static int
trust_install_dh_parameters(SSL_CTX *context, DhParameters *parameters)
{
#if OPENSSL_VERSION_NUMBER >= 0x40000000L
    if (SSL_CTX_set0_tmp_dh_pkey(context, parameters))
        return 1;
    EVP_PKEY_free(parameters);
    return 0;
#else
    int done = (int)SSL_CTX_set_tmp_dh(context, parameters);

    DH_free(parameters);
    return done;
#endif
}

PyObject *
context_load_dh_params(Context *self, PyObject *value)
{
    DhParameters *parameters = NULL;
    PyObject *path;
    BIO *bio;
    int error;

    if (!path_argument(value, &path, NULL))
        return NULL;
    ERR_clear_error();
    Py_BEGIN_ALLOW_THREADS
    errno = 0;
    bio = BIO_new_file(PyString_AS_STRING(path), "rb");
    error = errno;
    if (bio != NULL) {
        errno = 0;
        parameters = read_dh_parameters(bio);
        error = errno;            /* of a folder, say */
    }
    Py_END_ALLOW_THREADS
    Py_DECREF(path);
    if (bio == NULL)
        return trust_raise_loading(value, error, HERE);
    BIO_free(bio);
    if (parameters == NULL)
        return trust_raise_loading(value, error, HERE);
    if (!trust_install_dh_parameters(self->context, parameters))
        return raise_openssl(HERE);
    Py_RETURN_NONE;
}

/* ---- certificates and keys ---- */

typedef struct {
    PyThreadState *thread;        /* saved while the GIL is released */
    PyObject *callable;
    int failed;                   /* then the callable is not called again */
    char *password;
    size_t size;
} Password;

static void
trust_forget_password(Password *password)
{
    if (password->password != NULL)
        OPENSSL_cleanse(password->password, password->size);
    PyMem_Free(password->password);
    password->password = NULL;
    password->size = 0;
}

static int
trust_keep_password(Password *password, PyObject *value, const char *complaint)
{
    PyObject *encoded = NULL;
    const char *data;
    size_t size;

    if (PyUnicode_Check(value)) {
        encoded = text_to_utf8(value);
        if (encoded == NULL)
            return 0;
        value = encoded;
    }
    if (PyString_Check(value)) {
        data = PyString_AS_STRING(value);
        size = (size_t)PyString_GET_SIZE(value);
    }
    else if (PyByteArray_Check(value)) {
        data = PyByteArray_AS_STRING(value);
        size = (size_t)PyByteArray_GET_SIZE(value);
    }
    else {
        PyErr_SetString(PyExc_TypeError, complaint);
        return 0;
    }
    if (size > INT_MAX) {
        PyErr_Format(PyExc_ValueError,
                     "password cannot be longer than %d bytes", INT_MAX);
        Py_XDECREF(encoded);
        return 0;
    }
    trust_forget_password(password);
    password->password = PyMem_Malloc(size ? size : 1);
    if (password->password != NULL) {
        memcpy(password->password, data, size);
        password->size = size;
    }
    else
        PyErr_NoMemory();
    Py_XDECREF(encoded);
    return password->password != NULL;
}

static int
trust_ask_password(Password *password)
{
    PyObject *answer = PyObject_CallFunctionObjArgs(password->callable, NULL);
    int kept;

    if (answer == NULL)
        return 0;
    kept = trust_keep_password(password, answer,
                         "password callback must return a string");
    Py_DECREF(answer);
    return kept;
}

static int
trust_password_callback(char *buffer, int size, int writing, void *argument)
{
    Password *password = argument;
    int result = -1;

    (void)writing;
    /* OpenSSL 3 comes again where it tries one format after the other. */
    if (password->failed)
        return -1;
    PyEval_RestoreThread(password->thread);
    if (password->callable == NULL || trust_ask_password(password)) {
        if (password->size > (size_t)size)
            PyErr_Format(PyExc_ValueError,
                         "password cannot be longer than %d bytes", size);
        else {
            memcpy(buffer, password->password, password->size);
            result = (int)password->size;
        }
    }
    password->failed = result < 0;
    password->thread = PyEval_SaveThread();
    return result;
}

/* Loads two files, which are str, into an SSL that nobody else has, without
   the GIL; 0 and an exception. */
static int
trust_load_chain_and_key(SSL *scratch, PyObject *certificate, PyObject *key,
                         Password *password)
{
    const char *chain_path = PyString_AS_STRING(certificate);
    const char *key_path = PyString_AS_STRING(key);
    const char *where = HERE;
    PyObject *failed = certificate;
    int done, error;

    password->thread = PyEval_SaveThread();
    errno = 0;
    done = SSL_use_certificate_chain_file(scratch, chain_path) == 1;
    error = errno;
    if (done) {
        where = HERE;
        failed = key;
        errno = 0;
        done = SSL_use_PrivateKey_file(scratch, key_path, SSL_FILETYPE_PEM)
            == 1;
        error = errno;
    }
    if (done) {
        where = HERE;
        error = 0;
        done = SSL_check_private_key(scratch) == 1;
    }
    PyEval_RestoreThread(password->thread);
    if (!done)
        trust_raise_loading(failed, error, where);
    ERR_clear_error();
    /* A callback may have failed without need. */
    return done && !PyErr_Occurred();
}

/* One with what the context has, as strict as that; NULL and OpenSSL's
   error. */
static SSL *
trust_new_scratch(Context *self, Password *password)
{
    SSL *scratch = SSL_new(self->context);

    if (scratch == NULL)
        return NULL;
    if (password->callable != NULL || password->password != NULL) {
        SSL_set_default_passwd_cb(scratch, trust_password_callback);
        SSL_set_default_passwd_cb_userdata(scratch, password);
    }
    return scratch;
}

/* Both at once, so that no connection has one without the other; 0 and
   OpenSSL's error. */
static int
trust_install_chain_and_key(SSL_CTX *context, SSL *scratch)
{
    STACK_OF(X509) *chain = NULL;

    if (!SSL_get0_chain_certs(scratch, (void *)&chain))
        return 0;
    return SSL_CTX_use_cert_and_key(context, SSL_get_certificate(scratch),
                                    SSL_get_privatekey(scratch), chain, 1);
}

static int
trust_password_argument(Password *password, PyObject *value)
{
    if (value == Py_None)
        return 1;
    if (PyCallable_Check(value)) {
        password->callable = value;
        return 1;
    }
    return trust_keep_password(password, value,
                         "password should be a string or callable");
}

PyObject *
context_load_cert_chain(Context *self, PyObject *arguments,
                        PyObject *keywords)
{
    static char *names[] = {"certfile", "keyfile", "password", NULL};
    PyObject *certfile, *keyfile = Py_None, *secret = Py_None;
    PyObject *certificate = NULL, *key = NULL, *result = NULL;
    Password password = {0};
    SSL *scratch = NULL;

    if (!PyArg_ParseTupleAndKeywords(arguments, keywords,
                                     "O|OO:load_cert_chain", names, &certfile,
                                     &keyfile, &secret))
        return NULL;
    ERR_clear_error();
    if (!path_argument(certfile, &certificate,
                       "certfile should be a valid filesystem path")
        || (keyfile != Py_None
            && !path_argument(keyfile, &key,
                              "keyfile should be a valid filesystem path"))
        || !trust_password_argument(&password, secret))
        goto done;
    scratch = trust_new_scratch(self, &password);
    if (scratch == NULL) {
        raise_openssl(HERE);
        goto done;
    }
    if (!trust_load_chain_and_key(scratch, certificate,
                                  key ? key : certificate, &password))
        goto done;
    if (trust_install_chain_and_key(self->context, scratch)) {
        result = Py_None;
        Py_INCREF(result);
    }
    else
        raise_openssl(HERE);
done:
    Py_XDECREF(certificate);
    Py_XDECREF(key);
    SSL_free(scratch);
    trust_forget_password(&password);
    return result;
}

/* ---- trust ---- */

/* One certificate after the other until the data ends. */
static int
trust_add_certificates(SSL_CTX *context, BIO *bio, int pem, int *ended)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    int added = 0;

    for (;;) {
        X509 *certificate;
        int done;
        if (BIO_pending(bio) <= 0) {
            *ended = 1;
            return added;
        }
        if (pem)
            /* Nothing here is encrypted: an empty password, never a prompt. */
            certificate = PEM_read_bio_X509(bio, NULL, NULL, "");
        else
            certificate = d2i_X509_bio(bio, NULL);
        if (certificate == NULL)
            return added;
        done = X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
        if (!done)
            return -1;
        added++;
    }
}

/* In PEM, whatever follows that is no PEM is a comment. */
static int
trust_only_comments_follow(int pem)
{
    unsigned long code = ERR_peek_last_error();

    return pem && ERR_GET_LIB(code) == ERR_LIB_PEM
        && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

static PyObject *
trust_load_data(SSL_CTX *context, const void *data, Py_ssize_t size, int pem)
{
    BIO *bio;
    int added, ended = 0;

    if (size <= 0) {
        PyErr_SetString(PyExc_ValueError, "Empty certificate data");
        return NULL;
    }
    if (size > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "Certificate data is too long.");
        return NULL;
    }
    ERR_clear_error();
    bio = BIO_new_mem_buf(data, (int)size);
    if (bio == NULL)
        return raise_openssl(HERE);
    added = trust_add_certificates(context, bio, pem, &ended);
    BIO_free(bio);
    if (added == 0)
        return raise_with_text(pem
            ? "no start line: cadata does not contain a certificate"
            : "not enough data: cadata does not contain a certificate", HERE);
    if (added < 0 || (!ended && !trust_only_comments_follow(pem)))
        return raise_openssl(HERE);
    ERR_clear_error();
    Py_RETURN_NONE;
}

/* 2.7's str is Python 3's str and bytes in one. A DER certificate begins with
   a long-form SEQUENCE header, which no text can. */
static int
trust_looks_like_der(const char *data, Py_ssize_t size)
{
    return size >= 2 && data[0] == 0x30 && ((unsigned char)data[1] & 0x80);
}

static PyObject *
trust_load_cadata(SSL_CTX *context, PyObject *value)
{
    PyObject *encoded, *result;
    Py_buffer view;
    int pem = 0;

    if (PyUnicode_Check(value)) {
        encoded = PyUnicode_AsASCIIString(value);
        if (encoded == NULL) {
            if (PyErr_ExceptionMatches(PyExc_UnicodeError))
                PyErr_SetString(PyExc_TypeError, "cadata should be an ASCII "
                                "string or a bytes-like object");
            return NULL;
        }
        result = trust_load_data(context, PyString_AS_STRING(encoded),
                           PyString_GET_SIZE(encoded), 1);
        Py_DECREF(encoded);
        return result;
    }
    if (!bytes_argument(value, &view)) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, "cadata should be an ASCII string"
                            " or a bytes-like object");
        return NULL;
    }
    if (PyString_Check(value))
        pem = !trust_looks_like_der(view.buf, view.len)
            && text_is_ascii(view.buf, view.len);
    result = trust_load_data(context, view.buf, view.len, pem);
    PyBuffer_Release(&view);
    return result;
}

/* Where the store looks for authorities, all of it before any is used: a
   lookup that is added later would move the list while others read it. 0 and
   OpenSSL's error. */
static int
trust_add_lookups(Context *self)
{
    X509_STORE *store = SSL_CTX_get_cert_store(self->context);

    if (self->lookups_added)
        return 1;
    context_wait_until_idle(self);
    forget_errors();
    self->lookups_added = X509_STORE_add_lookup(store, X509_LOOKUP_file())
        && X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir())
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
        && X509_STORE_add_lookup(store, X509_LOOKUP_store())
#endif
        ;
    return self->lookups_added;
}

/* A folder is only noted, in a list that connections read. */
static int
trust_load_folder(Context *self, const char *folder)
{
    context_wait_until_idle(self);
    return SSL_CTX_load_verify_locations(self->context, NULL, folder) == 1;
}

static PyObject *
trust_load_paths(Context *self, PyObject *cafile, PyObject *capath)
{
    const char *where = HERE;
    int done, error = 0;

    if (!trust_add_lookups(self))
        return raise_openssl(HERE);
    done = 1;
    if (cafile != NULL) {
        Py_BEGIN_ALLOW_THREADS
        errno = 0;
        done = SSL_CTX_load_verify_locations(
            self->context, PyString_AS_STRING(cafile), NULL) == 1;
        error = errno;
        Py_END_ALLOW_THREADS
    }
    if (done && capath != NULL) {
        errno = error;
        where = HERE;
        done = trust_load_folder(self, PyString_AS_STRING(capath));
        error = errno;
    }
    if (!done)
        return trust_raise_loading(NULL, error, where);
    Py_RETURN_NONE;
}

PyObject *
context_load_verify_locations(Context *self, PyObject *arguments,
                              PyObject *keywords)
{
    static char *names[] = {"cafile", "capath", "cadata", NULL};
    PyObject *cafile = Py_None, *capath = Py_None, *cadata = Py_None;
    PyObject *file = NULL, *folder = NULL, *result = NULL;

    if (!PyArg_ParseTupleAndKeywords(arguments, keywords,
                                     "|OOO:load_verify_locations", names,
                                     &cafile, &capath, &cadata))
        return NULL;
    ERR_clear_error();
    if (cafile == Py_None && capath == Py_None && cadata == Py_None) {
        PyErr_SetString(PyExc_TypeError,
                        "cafile, capath and cadata cannot be all omitted");
        return NULL;
    }
    if ((cafile != Py_None
            && !path_argument(cafile, &file,
                              "cafile should be a valid filesystem path"))
        || (capath != Py_None
            && !path_argument(capath, &folder,
                              "capath should be a valid filesystem path")))
        goto done;
    if (cadata != Py_None) {
        result = trust_load_cadata(self->context, cadata);
        if (result == NULL || (file == NULL && folder == NULL))
            goto done;
        Py_DECREF(result);
    }
    result = trust_load_paths(self, file, folder);
done:
    Py_XDECREF(file);
    Py_XDECREF(folder);
    return result;
}

/* What SSL_CTX_set_default_verify_paths(3) does, in parts: only the file is
   read at once. */
static int
trust_add_default_folders(Context *self)
{
    if (!trust_add_lookups(self))
        return 0;
    context_wait_until_idle(self);
    return SSL_CTX_set_default_verify_dir(self->context)
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
        && SSL_CTX_set_default_verify_store(self->context)
#endif
        ;
}

PyObject *
context_set_default_verify_paths(Context *self)
{
    int done;

    ERR_clear_error();
    if (!trust_add_default_folders(self))
        return raise_openssl(HERE);
    Py_BEGIN_ALLOW_THREADS
    done = SSL_CTX_set_default_verify_file(self->context);
    Py_END_ALLOW_THREADS
    if (!done)
        return raise_openssl(HERE);
    ERR_clear_error();
    Py_RETURN_NONE;
}

static void
trust_free_objects(STACK_OF(X509_OBJECT) *objects)
{
    sk_X509_OBJECT_pop_free(objects, X509_OBJECT_free);
}

#if OPENSSL_VERSION_NUMBER >= 0x30300000L
static STACK_OF(X509_OBJECT) *
trust_copy_objects(X509_STORE *store)
{
    return X509_STORE_get1_objects(store);
}
#else
static X509_OBJECT *
trust_copy_object(const X509_OBJECT *object)
{
    X509_OBJECT *copy = X509_OBJECT_new();
    X509 *certificate = X509_OBJECT_get0_X509(object);
    X509_CRL *list = X509_OBJECT_get0_X509_CRL((X509_OBJECT *)object);

    if (copy != NULL
            && (certificate == NULL
                || X509_OBJECT_set1_X509(copy, certificate))
            && (list == NULL || X509_OBJECT_set1_X509_CRL(copy, list)))
        return copy;
    X509_OBJECT_free(copy);
    return NULL;
}

static STACK_OF(X509_OBJECT) *
trust_copy_objects(X509_STORE *store)
{
    STACK_OF(X509_OBJECT) *objects = NULL;

    if (X509_STORE_lock(store)) {
        objects =
            sk_X509_OBJECT_deep_copy(X509_STORE_get0_objects(store),
                                     trust_copy_object, X509_OBJECT_free);
        X509_STORE_unlock(store);
    }
    return objects;
}
#endif

/* What the store holds now: a handshake in another thread may add what it
   finds in a folder, so that the list itself must not be looked at without
   the store's lock. NULL and MemoryError. */
static STACK_OF(X509_OBJECT) *
trust_stored_objects(Context *self)
{
    STACK_OF(X509_OBJECT) *objects =
        trust_copy_objects(SSL_CTX_get_cert_store(self->context));

    if (objects == NULL)
        raise_no_memory();
    return objects;
}

PyObject *
context_cert_store_stats(Context *self)
{
    STACK_OF(X509_OBJECT) *objects = trust_stored_objects(self);
    int certificates = 0, authorities = 0, lists = 0, i;

    if (objects == NULL)
        return NULL;
    for (i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        const X509_OBJECT *object = sk_X509_OBJECT_value(objects, i);
        X509 *certificate = X509_OBJECT_get0_X509(object);
        certificates += certificate != NULL;
        authorities += certificate != NULL && X509_check_ca(certificate);
        lists += X509_OBJECT_get_type(object) == X509_LU_CRL;
    }
    trust_free_objects(objects);
    return Py_BuildValue("{sisisi}", "x509", certificates, "crl", lists,
                         "x509_ca", authorities);
}

PyObject *
context_get_ca_certs(Context *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"binary_form", NULL};
    PyObject *binary_object = Py_False, *list;
    STACK_OF(X509_OBJECT) *objects;
    int binary, i;

    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|O:get_ca_certs",
                                     names, &binary_object))
        return NULL;
    binary = PyObject_IsTrue(binary_object);
    if (binary < 0)
        return NULL;
    objects = trust_stored_objects(self);
    if (objects == NULL)
        return NULL;
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_X509_OBJECT_num(objects); i++) {
        X509 *certificate =
            X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        PyObject *item;
        if (certificate == NULL || !X509_check_ca(certificate))
            continue;
        item = binary ? certificate_to_der(certificate)
            : certificate_to_dict(certificate);
        if (item == NULL || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    trust_free_objects(objects);
    return list;
}

