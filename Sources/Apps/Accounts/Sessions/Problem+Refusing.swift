import ArtelWeb
import Hummingbird

extension Problem {
  /// What an error of a verb has to say to whoever sent the form.
  ///
  /// - Throws: The error itself when it is no refusal, but a fault.
  init(refusing error: any Error) throws {
    switch error {
    case let problem as Problem: self = problem
    case let refusal as any ProblemConvertible: self = refusal.problem
    default: throw error
    }
  }
}

extension Request {
  /// Does what the form of a page asks for; wrong fields and refusals show the page again.
  ///
  /// - Parameters:
  ///   - form: The fields.
  ///   - show: Makes the page out of what was sent, and of why it was refused.
  ///   - act: Does it, and leads on.
  /// - Returns: The answer of `act`, or the page with what was wrong.
  /// - Throws: What is no refusal, but a fault.
  func answer<Fields: Form>(
    to form: Fields.Type,
    showing show: (FormDraft, Problem?) async throws -> Response,
    _ act: (Fields) async throws -> Response
  ) async throws -> Response {
    switch try await submission(of: form) {
    case .refused(let draft): return try await show(draft, nil)
    case .accepted(let fields, let draft):
      do {
        return try await act(fields)
      } catch {
        return try await show(draft, try Problem(refusing: error))
      }
    }
  }
}

extension FormDraft {
  /// The draft with what is wrong; unchanged when nothing is.
  ///
  /// A problem without wrong fields is the form's own, told in a sentence.
  func refused(becauseOf problem: Problem?) -> FormDraft {
    problem.map { refused(by: $0) } ?? self
  }
}

extension Response {
  /// The page with the status and the headers of a problem; unchanged when there is none.
  func refused(becauseOf problem: Problem?) -> Response {
    guard let problem else { return self }
    var response = self
    response.status = problem.status
    response.headers.append(contentsOf: problem.headers)
    return response
  }
}
