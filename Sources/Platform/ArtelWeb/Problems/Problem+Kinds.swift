public import HTTPTypes

extension Problem.Kind {
  /// 422: fields of a form are wrong; the problem lists them.
  public static let validation = Problem.Kind("validation", status: .unprocessableContent)
  /// 400: the request cannot be read.
  public static let badRequest = Problem.Kind("bad_request", status: .badRequest)
  /// 401: the route needs a member.
  public static let unauthenticated = Problem.Kind("unauthenticated", status: .unauthorized)
  /// 403: the member may see the thing, but not do this to it.
  public static let forbidden = Problem.Kind("forbidden", status: .forbidden)
  /// 403: the request may have been caused by another site.
  public static let crossSite = Problem.Kind("csrf", status: .forbidden)
  /// 403: who acts must prove again who they are: the last proof is too old.
  public static let freshSignInNeeded = Problem.Kind("fresh_sign_in_needed", status: .forbidden)
  /// 403: who acts must show a code or a passkey.
  public static let secondFactorNeeded = Problem.Kind("second_factor_needed", status: .forbidden)
  /// 404: there is no such thing, or the caller may not know of it.
  public static let notFound = Problem.Kind("not_found", status: .notFound)
  /// 405: the address exists, but not for this method; `Allow` names those that do.
  public static let methodNotAllowed = Problem.Kind("method_not_allowed", status: .methodNotAllowed)
  /// 406: no representation the caller accepts.
  public static let notAcceptable = Problem.Kind("not_acceptable", status: .notAcceptable)
  /// 409: it contradicts the present state.
  public static let conflict = Problem.Kind("conflict", status: .conflict)
  /// 413: the body, or a part of it, is larger than allowed.
  public static let tooLarge = Problem.Kind("too_large", status: .contentTooLarge)
  /// 415: a content type the route does not read.
  public static let unsupportedMediaType = Problem.Kind(
    "unsupported_media_type",
    status: .unsupportedMediaType
  )
  /// 416: the range of bytes begins behind the end; `Content-Range` tells the length.
  public static let rangeNotSatisfiable = Problem.Kind(
    "range_not_satisfiable",
    status: .rangeNotSatisfiable
  )
  /// 417: an `Expect` header that asks for something else than `100-continue`.
  public static let expectationFailed = Problem.Kind(
    "expectation_failed",
    status: .expectationFailed
  )
  /// 426: the address speaks another protocol; `Upgrade` names it.
  public static let upgradeRequired = Problem.Kind("upgrade_required", status: .upgradeRequired)
  /// 429: too many attempts; `Retry-After` tells when to try again.
  public static let tooManyRequests = Problem.Kind("too_many_requests", status: .tooManyRequests)
  /// 500: our fault; the log has the reason under the request's id.
  public static let internalError = Problem.Kind("internal", status: .internalServerError)
  /// 503: something Artel needs does not answer.
  public static let unavailable = Problem.Kind("unavailable", status: .serviceUnavailable)
  /// 503: the request took longer than allowed.
  public static let timeout = Problem.Kind("timeout", status: .serviceUnavailable)
}

extension Problem {
  /// There is no such thing, or the caller may not know of it.
  public static let notFound = Problem(.notFound)

  /// The route needs a member.
  public static let unauthenticated = Problem(
    .unauthenticated,
    headers: [.wwwAuthenticate: "Bearer"]
  )

  /// The access token is unknown, expired or revoked.
  ///
  /// Source: RFC 6750, 3.1.
  public static let invalidToken = Problem(
    .unauthenticated,
    headers: [.wwwAuthenticate: #"Bearer error="invalid_token""#]
  )

  /// The member may see the thing, but not do this to it.
  public static let forbidden = Problem(.forbidden)

  /// It contradicts the present state.
  public static let conflict = Problem(.conflict)

  /// Something Artel needs does not answer.
  public static let unavailable = Problem(.unavailable, headers: [.retryAfter: "5"])

  /// The body, or a part of it, is larger than allowed.
  public static let tooLarge = Problem(.tooLarge)

  /// A content type the route does not read.
  public static let unsupportedMediaType = Problem(.unsupportedMediaType)

  /// The request cannot be read; the detail tells what is wrong with it, safe to show.
  public static func badRequest(_ detail: String? = nil) -> Problem {
    Problem(.badRequest, detail: detail)
  }

  /// Fields of a form are wrong.
  public static func validation(_ errors: [FieldError]) -> Problem {
    Problem(.validation, errors: errors)
  }

  /// One field of a form is wrong.
  public static func validation(_ field: String, _ code: FieldError.Code) -> Problem {
    Problem(.validation, errors: [FieldError(field, code)])
  }

  /// Too many attempts; trying again makes sense after a time, sent rounded up to whole seconds.
  public static func tooManyRequests(retryAfter: Duration) -> Problem {
    let (seconds, attoseconds) = retryAfter.components
    let whole = max(1, seconds + (attoseconds > 0 ? 1 : 0))
    return Problem(.tooManyRequests, headers: [.retryAfter: "\(whole)"])
  }

  /// The address exists, but not for this method; the allowed ones work there.
  public static func methodNotAllowed(allowed: [HTTPRequest.Method]) -> Problem {
    let names = Set(allowed.map(\.rawValue)).sorted().joined(separator: ", ")
    return Problem(.methodNotAllowed, headers: [.allow: names])
  }
}
