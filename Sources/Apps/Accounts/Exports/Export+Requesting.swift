import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import HTTPTypes

extension Export {
  /// How long an archive can be fetched: 7 days.
  static let lifetime: TimeInterval = 7 * 86_400

  /// How often a member may ask for one: 5 times a day.
  static let limit = RateLimit(5, per: .seconds(86_400))

  /// The archives of a member, the newest first.
  static func newest(of member: MemberID) -> Query<Export> {
    Export.where { $0.memberID == member }.order { $0.id.descending }
  }
}

extension Act {
  /// A member asked for an archive of everything of theirs.
  static let exportRequested = Act("export.requested", level: .warning)
}

extension Accounts {
  /// Has an archive of everything of a member made, which takes the place of the former one.
  ///
  /// - Throws: ``ExportError/underWay`` while another one is being made.
  func requestExport(of member: MemberID, from origin: SessionOrigin?) async throws -> Export {
    let now = clock.now()
    let id = ExportID.generate()
    do {
      return try await db.transaction { tx in
        _ = try await Member.present(member, in: tx)
        // One archive a member: each is as large as all their pictures.
        try await Export.forget(
          Export.where { $0.memberID == member && ($0.readyAt != nil || $0.failedAt != nil) },
          in: tx
        )
        guard let job = try await tx.enqueue(MakeExport(export: id)) else {
          throw ExportError.underWay
        }
        tx.record(.exportRequested, by: member, about: member, from: origin, at: now)
        return try await tx.insert(
          Export(
            id: id,
            memberID: member,
            requestedAt: now,
            jobID: job,
            expiresAt: now + Export.lifetime
          )
        )
      }
    } catch let error as PostgresError where error.constraint == "exports_unfinished_key" {
      throw ExportError.underWay
    }
  }

  /// How far the making of an archive is; nil once it is made or given up, and while nobody is at it.
  func progress(of export: Export) async throws -> ExportProgress? {
    guard export.readyAt == nil, export.failedAt == nil,
      let job = try await JobQueue(in: db).entry(export.jobID)
    else { return nil }
    return job.total.map { ExportProgress(done: job.done, total: $0) }
  }
}

/// How many files are in an archive already, and how many there will be.
struct ExportProgress: Sendable, Hashable {
  let done: Int
  let total: Int
}

/// Why there is no archive.
enum ExportError: Error, Hashable {
  /// 409: the member waits for one already.
  case underWay
  /// The file was removed before a row named it; the next attempt makes another.
  case gone
}

extension ExportError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .underWay: Problem(.exportUnderWay)
    case .gone: Problem(.internalError)
    }
  }
}

extension Problem.Kind {
  /// 409: an archive is being made already.
  static let exportUnderWay = Problem.Kind("export_under_way", status: .conflict)
}
