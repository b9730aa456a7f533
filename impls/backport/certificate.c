/* Certificates as Python values: the dictionaries of getpeercert(). */
#include "tls_bootstrap.h"

/* Reports an OpenSSL failure unless a Python exception is already set. */
static PyObject *
certificate_failed(const char *where)
{
    if (!PyErr_Occurred())
        raise_openssl(where);
    return NULL;
}

/* The short name is never used: like Python 3, long names, else digits. */
static PyObject *
certificate_object_name(const ASN1_OBJECT *object, int numeric)
{
    char small[128];
    int length = OBJ_obj2txt(small, sizeof(small), object, numeric);
    PyObject *result;

    if (length < 0)
        return certificate_failed(HERE);
    if (length < (int)sizeof(small))
        return PyString_FromString(small);
    result = PyString_FromStringAndSize(NULL, length);
    if (result != NULL && OBJ_obj2txt(PyString_AS_STRING(result), length + 1,
                                      object, numeric) != length)
        Py_CLEAR(result);
    return result != NULL ? result : certificate_failed(HERE);
}

static PyObject *
certificate_attribute_to_tuple(const X509_NAME_ENTRY *entry)
{
    const ASN1_STRING *content = X509_NAME_ENTRY_get_data(entry);
    unsigned char *utf8 = NULL;
    PyObject *name, *value;
    int length;

    name = certificate_object_name(X509_NAME_ENTRY_get_object(entry), 0);
    if (ASN1_STRING_type(content) == V_ASN1_BIT_STRING)
        value = PyString_FromStringAndSize(
            (const char *)ASN1_STRING_get0_data(content),
            ASN1_STRING_length(content));
    else {
        length = ASN1_STRING_to_UTF8(&utf8, content);
        value = length < 0 ? certificate_failed(HERE)
            : native_text_from_utf8((char *)utf8, length);
        OPENSSL_free(utf8);
    }
    /* "N" takes both over, whatever of them there is. */
    return Py_BuildValue("(NN)", name, value);
}

/* Appends what was made and drops it; -1 also when there was nothing. */
static int
certificate_append_new(PyObject *list, PyObject *item)
{
    int result;

    if (item == NULL)
        return -1;
    result = PyList_Append(list, item);
    Py_DECREF(item);
    return result;
}

/* Takes the list over; NULL stays NULL. */
static PyObject *
certificate_list_to_tuple(PyObject *list)
{
    PyObject *tuple;

    if (list == NULL)
        return NULL;
    tuple = PyList_AsTuple(list);
    Py_DECREF(list);
    return tuple;
}

/* The attributes of one set, which begins at the place; that is behind them
   then. */
static PyObject *
certificate_set_to_tuple(const X509_NAME *name, int *place)
{
    int set = X509_NAME_ENTRY_set(X509_NAME_get_entry(name, *place));
    PyObject *part = PyList_New(0);

    for (; part != NULL && *place < X509_NAME_entry_count(name); ++*place) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, *place);
        if (X509_NAME_ENTRY_set(entry) != set)
            break;
        if (certificate_append_new(part, certificate_attribute_to_tuple(entry))
            < 0)
            Py_CLEAR(part);
    }
    return certificate_list_to_tuple(part);
}

static PyObject *
certificate_name_to_tuple(const X509_NAME *name)
{
    PyObject *whole = PyList_New(0);
    int place = 0;

    while (whole != NULL && place < X509_NAME_entry_count(name))
        if (certificate_append_new(whole,
                                   certificate_set_to_tuple(name, &place))
            < 0)
            Py_CLEAR(whole);
    return certificate_list_to_tuple(whole);
}

static PyObject *
certificate_ia5_to_text(const ASN1_IA5STRING *text)
{
    return native_text_from_utf8(
        (const char *)ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
}

static PyObject *
certificate_address_to_text(const ASN1_OCTET_STRING *address)
{
    const unsigned char *p = ASN1_STRING_get0_data(address);
    char text[40];
    int length = ASN1_STRING_length(address);

    if (length == 4)
        return PyString_FromFormat("%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
    if (length != 16)
        return PyString_FromString("<invalid>");
    PyOS_snprintf(text, sizeof(text), "%X:%X:%X:%X:%X:%X:%X:%X",
                  p[0] << 8 | p[1], p[2] << 8 | p[3], p[4] << 8 | p[5],
                  p[6] << 8 | p[7], p[8] << 8 | p[9], p[10] << 8 | p[11],
                  p[12] << 8 | p[13], p[14] << 8 | p[15]);
    return PyString_FromString(text);
}

/* Kinds without a rule of their own: OpenSSL prints "kind:value". */
static PyObject *
certificate_printed_name(const GENERAL_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL, *colon = NULL;
    long length = 0;
    PyObject *result;

    if (bio != NULL && GENERAL_NAME_print(bio, (GENERAL_NAME *)name) > 0)
        length = BIO_get_mem_data(bio, &text);
    if (length > 0)
        colon = memchr(text, ':', (size_t)length);
    result = colon == NULL ? certificate_failed(HERE)
        : Py_BuildValue("(NN)", PyString_FromStringAndSize(text, colon - text),
                        PyString_FromStringAndSize(colon + 1,
                                                   text + length - colon - 1));
    BIO_free(bio);
    return result;
}

static PyObject *
certificate_registered_id(const ASN1_OBJECT *object)
{
    char text[2048];             /* longer ones are not shown: as Python 3 */
    int length = OBJ_obj2txt(text, sizeof(text), object, 0);

    if (length < 0)
        return certificate_failed(HERE);
    if (length >= (int)sizeof(text))
        return Py_BuildValue("(ss)", "Registered ID", "<INVALID>");
    return Py_BuildValue("(ss#)", "Registered ID", text, (Py_ssize_t)length);
}

/* "N" takes the reference over and hands a NULL on as an error. */
static PyObject *
certificate_general_name_to_tuple(const GENERAL_NAME *name)
{
    switch (name->type) {
    case GEN_DIRNAME:
        return Py_BuildValue("(sN)", "DirName",
                             certificate_name_to_tuple(name->d.directoryName));
    case GEN_EMAIL:
        return Py_BuildValue("(sN)", "email",
                             certificate_ia5_to_text(name->d.rfc822Name));
    case GEN_DNS:
        return Py_BuildValue("(sN)", "DNS",
                             certificate_ia5_to_text(name->d.dNSName));
    case GEN_URI:
        return Py_BuildValue(
            "(sN)", "URI",
            certificate_ia5_to_text(name->d.uniformResourceIdentifier));
    case GEN_RID:
        return certificate_registered_id(name->d.registeredID);
    case GEN_IPADD:
        return Py_BuildValue("(sN)", "IP Address",
                             certificate_address_to_text(name->d.iPAddress));
    default:
        return certificate_printed_name(name);
    }
}

static PyObject *
certificate_alternative_names(X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name,
                                            NULL, NULL);
    PyObject *list;
    int i;

    if (names == NULL)
        Py_RETURN_NONE;
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_GENERAL_NAME_num(names); i++)
        if (certificate_append_new(list, certificate_general_name_to_tuple(
                                 sk_GENERAL_NAME_value(names, i))) < 0)
            Py_CLEAR(list);
    GENERAL_NAMES_free(names);
    return certificate_list_to_tuple(list);
}

/* An empty tuple counts as absent. */
static PyObject *
certificate_tuple_or_none(PyObject *list)
{
    if (list == NULL || PyList_GET_SIZE(list))
        return certificate_list_to_tuple(list);
    Py_DECREF(list);
    Py_RETURN_NONE;
}

static PyObject *
certificate_authority_access(X509 *certificate, int method)
{
    AUTHORITY_INFO_ACCESS *info = X509_get_ext_d2i(
        certificate, NID_info_access, NULL, NULL);
    PyObject *list;
    int i;

    if (info == NULL)
        Py_RETURN_NONE;
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_ACCESS_DESCRIPTION_num(info); i++) {
        ACCESS_DESCRIPTION *entry = sk_ACCESS_DESCRIPTION_value(info, i);
        if (OBJ_obj2nid(entry->method) != method
                || entry->location->type != GEN_URI)
            continue;
        if (certificate_append_new(list, certificate_ia5_to_text(
                entry->location->d.uniformResourceIdentifier)) < 0)
            Py_CLEAR(list);
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return certificate_tuple_or_none(list);
}

static int
certificate_append_uris(PyObject *list, const DIST_POINT *point)
{
    GENERAL_NAMES *names;
    int i;

    /* type 0: full names, not one relative to the issuer. */
    if (point->distpoint == NULL || point->distpoint->type != 0)
        return 0;
    names = point->distpoint->name.fullname;
    for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_URI
                && certificate_append_new(list, certificate_ia5_to_text(
                       name->d.uniformResourceIdentifier)) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
certificate_distribution_points(X509 *certificate)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(
        certificate, NID_crl_distribution_points, NULL, NULL);
    PyObject *list;
    int i;

    if (points == NULL)
        Py_RETURN_NONE;
    list = PyList_New(0);
    for (i = 0; list != NULL && i < sk_DIST_POINT_num(points); i++)
        if (certificate_append_uris(list, sk_DIST_POINT_value(points, i)) < 0)
            Py_CLEAR(list);
    CRL_DIST_POINTS_free(points);
    return certificate_tuple_or_none(list);
}

/* Runs a printer into memory and takes what it wrote: of a time that is not
   one, "Bad time value", as Python 3. */
static PyObject *
certificate_printed(int (*print)(BIO *, const void *), const void *value)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PyObject *result;
    char *text = NULL;
    long length = 0;

    if (bio != NULL) {
        (void)print(bio, value);
        length = BIO_get_mem_data(bio, &text);
    }
    result = length > 0 ? PyString_FromStringAndSize(text, length)
        : certificate_failed(HERE);
    BIO_free(bio);
    return result;
}

static int
certificate_print_time(BIO *bio, const void *value)
{
    return ASN1_TIME_print(bio, value);
}

static int
certificate_print_integer(BIO *bio, const void *value)
{
    return i2a_ASN1_INTEGER(bio, value);
}

/* Takes value over; None is left out. */
static int
certificate_set_item(PyObject *dictionary, const char *key, PyObject *value)
{
    int result = 0;

    if (value == NULL)
        return -1;
    if (value != Py_None)
        result = PyDict_SetItemString(dictionary, key, value);
    Py_DECREF(value);
    return result;
}

PyObject *
certificate_to_dict(X509 *certificate)
{
    PyObject *result = PyDict_New();

    if (result == NULL)
        return NULL;
    ERR_clear_error();
    if (certificate_set_item(
            result, "subject",
            certificate_name_to_tuple(X509_get_subject_name(certificate)))
            < 0
        || certificate_set_item(
               result, "issuer",
               certificate_name_to_tuple(X509_get_issuer_name(certificate)))
               < 0
        || certificate_set_item(
               result, "version",
               PyInt_FromLong(X509_get_version(certificate) + 1))
               < 0
        || certificate_set_item(
               result, "serialNumber",
               certificate_printed(certificate_print_integer,
                                   X509_get0_serialNumber(certificate)))
               < 0
        || certificate_set_item(
               result, "notBefore",
               certificate_printed(certificate_print_time,
                                   X509_get0_notBefore(certificate)))
               < 0
        || certificate_set_item(
               result, "notAfter",
               certificate_printed(certificate_print_time,
                                   X509_get0_notAfter(certificate)))
               < 0
        || certificate_set_item(result, "subjectAltName",
                                certificate_alternative_names(certificate))
               < 0
        || certificate_set_item(
               result, "OCSP",
               certificate_authority_access(certificate, NID_ad_OCSP))
               < 0
        || certificate_set_item(
               result, "caIssuers",
               certificate_authority_access(certificate, NID_ad_ca_issuers))
               < 0
        || certificate_set_item(result, "crlDistributionPoints",
                                certificate_distribution_points(certificate))
               < 0)
        Py_CLEAR(result);
    /* An extension that cannot be read is treated as absent; one that there
       was no memory for must not be. */
    if (ran_out_of_memory()) {
        Py_CLEAR(result);
        PyErr_NoMemory();
    }
    return result;
}

PyObject *
certificate_to_der(X509 *certificate)
{
    int length = i2d_X509(certificate, NULL);
    unsigned char *end;
    PyObject *result;

    if (length < 0)
        return certificate_failed(HERE);
    result = PyString_FromStringAndSize(NULL, length);
    if (result == NULL)
        return NULL;
    end = (unsigned char *)PyString_AS_STRING(result);
    if (i2d_X509(certificate, &end) != length) {
        Py_DECREF(result);
        return certificate_failed(HERE);
    }
    return result;
}

/* The chain must be the caller's own. */
PyObject *
certificate_chain_to_list(STACK_OF(X509) *chain)
{
    PyObject *list = PyList_New(0);
    int i;

    for (i = 0; list != NULL && i < sk_X509_num(chain); i++)
        if (certificate_append_new(list,
                                   certificate_to_der(sk_X509_value(chain, i)))
            < 0)
            Py_CLEAR(list);
    return list;
}
