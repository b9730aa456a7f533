/* What an SSLObject tells of its connection. All of these inspect: see the
   head of tls_bootstrap.h. */
#include "tls_bootstrap.h"

/* ---- what was agreed ---- */

/* Ciphers and their names are constants of OpenSSL's. */
static PyObject *
ssl_object_cipher_to_tuple(const SSL_CIPHER *cipher)
{
    return Py_BuildValue("(zzi)", SSL_CIPHER_get_name(cipher),
                         SSL_CIPHER_get_version(cipher),
                         SSL_CIPHER_get_bits(cipher, NULL));
}

PyObject *
ssl_object_cipher(SSLObject *self)
{
    const SSL_CIPHER *cipher;

    if (!ssl_object_inspect(self))
        return NULL;
    cipher = SSL_get_current_cipher(self->ssl);
    if (cipher == NULL)
        Py_RETURN_NONE;
    return ssl_object_cipher_to_tuple(cipher);
}

/* The ciphers of ours that the client has offered: 0 where there is no such
   list; else 1, and NULL where there is no memory for it. */
static int
ssl_object_find_shared_ciphers(SSL *ssl, STACK_OF(SSL_CIPHER) **shared)
{
    STACK_OF(SSL_CIPHER) *theirs = SSL_get_client_ciphers(ssl);
    STACK_OF(SSL_CIPHER) *ours = SSL_get_ciphers(ssl);
    int i, j;

    if (theirs == NULL || ours == NULL || !SSL_is_server(ssl))
        return 0;
    *shared = sk_SSL_CIPHER_new_null();
    for (i = 0; *shared != NULL && i < sk_SSL_CIPHER_num(ours); i++) {
        const SSL_CIPHER *known = sk_SSL_CIPHER_value(ours, i);
        for (j = 0; j < sk_SSL_CIPHER_num(theirs); j++)
            if (SSL_CIPHER_get_id(sk_SSL_CIPHER_value(theirs, j))
                    == SSL_CIPHER_get_id(known))
                break;
        if (j < sk_SSL_CIPHER_num(theirs)
                && !sk_SSL_CIPHER_push(*shared, known)) {
            sk_SSL_CIPHER_free(*shared);
            *shared = NULL;
        }
    }
    return 1;
}

PyObject *
ssl_object_shared_ciphers(SSLObject *self)
{
    STACK_OF(SSL_CIPHER) *shared;
    PyObject *list;
    int i;

    if (!ssl_object_inspect(self))
        return NULL;
    if (!ssl_object_find_shared_ciphers(self->ssl, &shared))
        Py_RETURN_NONE;
    if (shared == NULL)
        return raise_no_memory();
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_SSL_CIPHER_num(shared); i++) {
        PyObject *item =
            ssl_object_cipher_to_tuple(sk_SSL_CIPHER_value(shared, i));
        if (item == NULL || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    sk_SSL_CIPHER_free(shared);
    return list;
}

PyObject *
ssl_object_version(SSLObject *self)
{
    if (!ssl_object_inspect(self))
        return NULL;
    if (!SSL_is_init_finished(self->ssl))
        Py_RETURN_NONE;
    return PyString_FromString(SSL_get_version(self->ssl));
}

PyObject *
ssl_object_compression(SSLObject *self)
{
#ifdef OPENSSL_NO_COMP
    if (!ssl_object_inspect(self))
        return NULL;
    Py_RETURN_NONE;
#else
    const COMP_METHOD *method;

    if (!ssl_object_inspect(self))
        return NULL;
    method = SSL_get_current_compression(self->ssl);
    return Py_BuildValue("z", method == NULL ? NULL
                              : SSL_COMP_get_name(method));
#endif
}

PyObject *
ssl_object_selected_alpn_protocol(SSLObject *self)
{
    const unsigned char *chosen;
    unsigned int length;

    if (!ssl_object_inspect(self))
        return NULL;
    SSL_get0_alpn_selected(self->ssl, &chosen, &length);
    if (chosen == NULL)
        Py_RETURN_NONE;
    /* The first Python object: a str, which collects no garbage. */
    return PyString_FromStringAndSize((const char *)chosen,
                                      (Py_ssize_t)length);
}

/* tls-unique, RFC 5929: the first Finished of the latest handshake, which the
   server sends when a session is resumed and the client otherwise. */
PyObject *
ssl_object_get_channel_binding(SSLObject *self)
{
    char finished[EVP_MAX_MD_SIZE];
    size_t length;

    if (!ssl_object_inspect(self))
        return NULL;
    if (SSL_session_reused(self->ssl) ^ !SSL_is_server(self->ssl))
        length = SSL_get_finished(self->ssl, finished, sizeof(finished));
    else
        length = SSL_get_peer_finished(self->ssl, finished, sizeof(finished));
    if (length == 0)
        Py_RETURN_NONE;
    return PyString_FromStringAndSize(finished, (Py_ssize_t)length);
}

/* ---- the peer's certificate ---- */

/* Counted: to be freed; or NULL. */
static X509 *
ssl_object_peer_certificate(SSL *ssl)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    return SSL_get1_peer_certificate(ssl);
#else
    return SSL_get_peer_certificate(ssl);
#endif
}

PyObject *
ssl_object_getpeercert(SSLObject *self, PyObject *binary_object)
{
    int binary = PyObject_IsTrue(binary_object), verified;
    X509 *certificate;
    PyObject *result;

    if (binary < 0 || !ssl_object_inspect(self))
        return NULL;
    if (!SSL_is_init_finished(self->ssl)) {
        PyErr_SetString(PyExc_ValueError, "handshake not done yet");
        return NULL;
    }
    certificate = ssl_object_peer_certificate(self->ssl);
    if (certificate == NULL)
        Py_RETURN_NONE;
    /* Where nobody has verified it its fields mean nothing. Like in Python 3
       it is the context that says so, as it is now. */
    verified = SSL_CTX_get_verify_mode(SSL_get_SSL_CTX(self->ssl))
        & SSL_VERIFY_PEER;
    if (binary)
        result = certificate_to_der(certificate);
    else
        result = verified ? certificate_to_dict(certificate) : PyDict_New();
    X509_free(certificate);
    return result;
}

/* A list of a chain that was borrowed, and of a certificate, or NULL, before
   it, which this frees. */
static PyObject *
ssl_object_chain_to_list(STACK_OF(X509) *chain, X509 *first)
{
    STACK_OF(X509) *own = chain == NULL ? sk_X509_new_null()
        : X509_chain_up_ref(chain);
    PyObject *list;

    if (own != NULL && (first == NULL || sk_X509_unshift(own, first)))
        list = certificate_chain_to_list(own);
    else {
        X509_free(first);
        list = raise_no_memory();
    }
    sk_X509_pop_free(own, X509_free);
    return list;
}

PyObject *
ssl_object_get_verified_chain(SSLObject *self)
{
    return ssl_object_inspect(self)
               ? ssl_object_chain_to_list(SSL_get0_verified_chain(self->ssl),
                                          NULL)
               : NULL;
}

PyObject *
ssl_object_get_unverified_chain(SSLObject *self)
{
    STACK_OF(X509) *chain;

    if (!ssl_object_inspect(self))
        return NULL;
    chain = SSL_get_peer_cert_chain(self->ssl);
    /* On a server OpenSSL leaves the peer's own certificate out. */
    return ssl_object_chain_to_list(
        chain, chain == NULL || !SSL_is_server(self->ssl)
                   ? NULL
                   : ssl_object_peer_certificate(self->ssl));
}
