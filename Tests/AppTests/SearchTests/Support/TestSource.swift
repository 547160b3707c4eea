import ArtelSearch
import Synchronization

/// An app with a fixed list.
final class TestSource: SearchSource {
  private let documents: [SearchDocument]
  private let step = Mutex<(@Sendable () async throws -> Void)?>(nil)
  private let count = Mutex(0)

  init(_ documents: [SearchDocument]) {
    self.documents = documents.sorted { $0.key.id < $1.key.id }
  }

  /// How often it was asked.
  var answers: Int { count.withLock { $0 } }

  /// Runs `body` after the next answer was made and before it is given.
  func onAnswer(_ body: @escaping @Sendable () async throws -> Void) {
    step.withLock { $0 = body }
  }

  func searchDocuments(after id: DocumentID?, limit: Int) async throws -> [SearchDocument] {
    count.withLock { $0 += 1 }
    let rest = documents.filter { document in id.map { document.key.id > $0 } ?? true }
    try await step.withLock { $0.take() }?()
    return Array(rest.prefix(limit))
  }
}
