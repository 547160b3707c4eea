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
