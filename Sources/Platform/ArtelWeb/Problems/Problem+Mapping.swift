import ArtelModel
import HTTPTypes
public import Hummingbird
import NIOCore

/// An error of an app that maps to one problem.
public protocol ProblemConvertible: Error {
  /// The problem to answer with.
  var problem: Problem { get }
}

extension Problem {
  /// The problem to answer with for an error that a route threw; nil when only the log may know
  /// more.
  init?(mapping error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let error as any ProblemConvertible: self = error.problem
    case let error as HTTPError: self.init(error)
    case is NIOTooManyBytesError: self = .tooLarge
    case is InvalidPageCursor: self = .validation("after", .pattern)
    case is RowNotFound: self = .notFound
    default: return nil
    }
  }

  private init(_ error: HTTPError) {
    let kind: Kind =
      switch error.status {
      case .badRequest: .badRequest
      case .unauthorized: .unauthenticated
      case .forbidden: .forbidden
      case .notFound: .notFound
      case .methodNotAllowed: .methodNotAllowed
      case .notAcceptable: .notAcceptable
      case .conflict: .conflict
      case .contentTooLarge: .tooLarge
      case .unsupportedMediaType: .unsupportedMediaType
      case .unprocessableContent: .validation
      case .tooManyRequests: .tooManyRequests
      case .serviceUnavailable: .unavailable
      case .internalServerError: .internalError
      default: Kind("status_\(error.status.code)", status: error.status)
      }
    self.init(kind, headers: error.headers)
  }
}

extension Problem: HTTPResponseError {
  /// The answer outside the pipeline, in English; inside it the pipeline answers.
  public func response(from request: Request, context: some RequestContext) throws -> Response {
    jsonResponse(strings: .empty, language: .english, requestID: nil)
  }
}
