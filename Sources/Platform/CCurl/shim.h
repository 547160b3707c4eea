#pragma once
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// Swift does not import functions that take any number of arguments; these take one kind each.

typedef size_t (*artel_curl_mover)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode artel_curl_set_number(CURL *handle, CURLoption option, long number) {
  return curl_easy_setopt(handle, option, number);
}

static inline CURLcode artel_curl_set_text(CURL *handle, CURLoption option, const char *text) {
  return curl_easy_setopt(handle, option, text);
}

static inline CURLcode artel_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *list) {
  return curl_easy_setopt(handle, option, list);
}

static inline CURLcode artel_curl_set_mover(
  CURL *handle, CURLoption function_option, artel_curl_mover mover, CURLoption context_option, void *context
) {
  CURLcode code = curl_easy_setopt(handle, function_option, mover);
  return code == CURLE_OK ? curl_easy_setopt(handle, context_option, context) : code;
}

static inline CURLcode artel_curl_set_opener(CURL *handle, curl_opensocket_callback opener, void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, opener);
  return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context) : code;
}

static inline long artel_curl_status(CURL *handle) {
  long status = 0;
  return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}

static inline long long artel_curl_uploaded_bytes(CURL *handle) {
  curl_off_t bytes = 0;
  return curl_easy_getinfo(handle, CURLINFO_SIZE_UPLOAD_T, &bytes) == CURLE_OK ? bytes : 0;
}
