public import ArtelPictures
public import ArtelStorage
public import ArtelWeb

/// A picture of a request, received and not looked at.
public struct SentPicture: Sendable {
  /// Its bytes, to be used up or cancelled.
  public let upload: BlobUpload
  /// What the sender calls it; empty when they do not say.
  public let fileName: String
}

/// Why pictures of a request are refused: each that is, with its reason.
public struct PictureRefusals: Error {
  /// The pictures by the names that their sender gave, nil for the only one, each with its reason.
  public let reasons: [(fileName: String?, error: PictureError)]

  /// Refuses pictures.
  public init(_ reasons: [(fileName: String?, error: PictureError)]) {
    self.reasons = reasons
  }

  /// The refusals among outcomes; nil when some of them failed for another reason than the picture.
  init?(of pictures: [SentPicture], _ outcomes: [Result<PictureShelf.Prepared, any Error>]) {
    var reasons: [(fileName: String?, error: PictureError)] = []
    for (index, (picture, outcome)) in zip(pictures, outcomes).enumerated() {
      guard case .failure(let failure) = outcome else { continue }
      guard let error = failure as? PictureError else { return nil }
      let name = picture.fileName.isEmpty ? "\(index + 1)" : picture.fileName
      reasons.append((pictures.count == 1 ? nil : name, error))
    }
    self.reasons = reasons
  }
}

extension PictureRefusals: ProblemConvertible {
  /// What is wrong with each of them; of different kinds the one that the others can wait for: a server
  /// that is busy, then one that is too large.
  public var problem: Problem {
    let problems = reasons.map { reason in
      var problem = reason.error.problem
      for index in problem.errors.indices {
        problem.errors[index].subject = reason.fileName.map { String($0.prefix(100)) }
      }
      return problem
    }
    let ranks: [Problem.Kind] = [.unavailable, .tooLarge]
    let first = ranks.lazy.compactMap { kind in problems.first { $0.kind == kind } }.first
    guard var chosen = first ?? problems.first else { return .validation([]) }
    if chosen.kind != .unavailable { chosen.errors = problems.flatMap(\.errors) }
    return chosen
  }
}
