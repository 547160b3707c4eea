import ArtelCluster
import ArtelConcurrency
import ArtelOperations
import ArtelPostgres
import ArtelStorage
import FoundationEssentials
import Glibc
import Logging
import Synchronization

/// A small installation, a place for its backup and an empty place to restore it to.
final class BackupSandbox: Sendable {
  private static let count = Atomic(0)

  let root: String
  let pool = BlockingPool(name: "backup-tests", threads: 4)
  let logger: Logger
  let contexts = [
    BackupContext(name: "accounts"),
    BackupContext(name: "gallery", blobReferences: "select digest from pictures"),
  ]
  private let user: SystemUser?

  init() throws {
    let number = BackupSandbox.count.add(1, ordering: .relaxed).newValue
    root = "/tmp/artel-backup-tests-\(getpid())-\(number)"
    user =
      try SystemUser.current().userID == 0
      ? SystemUser.named("artel") ?? SystemUser.named("postgres") : nil
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    self.logger = logger
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  }

  var backup: String { root + "/backup" }

  func options(_ name: String) -> PrivateCluster.Options {
    PrivateCluster.Options(
      dataDirectory: "\(root)/\(name)",
      contexts: contexts.map(\.name),
      runAs: user,
      durability: .fast
    )
  }

  func start(_ name: String) async throws -> PrivateCluster {
    try await PrivateCluster.start(options(name), pool: pool, logger: logger)
  }

  func store(_ name: String) -> BlobStore {
    BlobStore(directory: "\(root)/\(name)/blobs", pool: pool)
  }

  /// Starts an installation with members, pictures and a secret.
  func installation() async throws -> PrivateCluster {
    let cluster = try await start("data")
    try await run(
      "create table members (id int primary key, name text); insert into members values (1, 'Ада'), (2, 'Grace')",
      in: "accounts",
      of: cluster
    )
    try await run(
      "create table pictures (digest bytea primary key, title citext)",
      in: "gallery",
      of: cluster
    )
    for title in ["Море", "Sky"] {
      try await addPicture(title, to: cluster)
    }
    try FileManager.default.createDirectory(
      atPath: root + "/data/secrets",
      withIntermediateDirectories: true
    )
    _ = FileManager.default.createFile(
      atPath: root + "/data/secrets/mail",
      contents: Data("hush".utf8)
    )
    return cluster
  }

  @discardableResult
  func addPicture(_ title: String, to cluster: PrivateCluster) async throws -> ArtelStorage.Digest {
    let upload = try await store("data").begin(limitBytes: 1 << 20)
    try await upload.append(Array("picture of \(title)".utf8))
    let digest = try await upload.finish().digest
    try await run(
      "insert into pictures values ('\\x\(digest.hex)', '\(title)')",
      in: "gallery",
      of: cluster
    )
    return digest
  }

  func run(_ script: String, in context: String, of cluster: PrivateCluster) async throws {
    try await with(cluster.configuration(for: context)) {
      try await $0.withLease { try await $0.script(script) }
    }
  }

  /// All rows of a table as text, in order.
  func rows(of table: String, in context: String, of cluster: PrivateCluster) async throws
    -> [String]
  {
    try await with(cluster.configuration(for: context)) { database in
      try await database.read("select t::text from \(identifier: table) t order by 1").map {
        try $0.decode(String.self, at: 0)
      }
    }
  }

  func makeBackup(of cluster: PrivateCluster) async throws -> BackupManifest {
    try await Backup(of: cluster, contexts: contexts, pool: pool, logger: logger).run(to: backup)
  }

  func restore() async throws {
    try await Restore(into: options("restored"), pool: pool, logger: logger).run(from: backup)
  }

  private func with<Result: Sendable>(
    _ configuration: DatabaseConfiguration,
    _ body: (Database) async throws -> Result
  ) async throws -> Result {
    let reactor = Reactor()
    defer { reactor.stop() }
    let database = Database(configuration, reactor: reactor, pool: pool, logger: logger)
    do {
      let result = try await body(database)
      await database.close()
      return result
    } catch {
      await database.close()
      throw error
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: root)
  }
}
