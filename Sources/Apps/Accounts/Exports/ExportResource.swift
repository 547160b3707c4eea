import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// An archive as its member sees it.
struct ExportResource: Sendable {
  let export: Export
  /// Nil unless it is being made.
  let progress: ExportProgress?

  /// What has become of it.
  var state: String {
    if export.readyAt != nil { return "ready" }
    return export.failedAt == nil ? "making" : "failed"
  }

  /// Where it is fetched; nil until it is ready.
  var url: String? { export.readyAt.map { _ in "/exports/\(export.id)" } }
}

extension ExportResource: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", export.id)
      json.field("state", state)
      json.field("requested_at", export.requestedAt)
      json.field("files_done", progress?.done)
      json.field("files_total", progress?.total)
      json.field("ready_at", export.readyAt)
      json.field("size_bytes", export.sizeBytes)
      json.field("url", url)
      json.field("expires_at", export.expiresAt)
    }
  }
}

extension ExportResource: JSONResource {
  static let schemaName = "Export"

  static let examples = [
    ExportResource(export: example(isReady: true), progress: nil),
    ExportResource(
      export: example(isReady: false),
      progress: ExportProgress(done: 120, total: 512)
    ),
  ]

  private static func example(isReady: Bool) -> Export {
    let date = Date(timeIntervalSince1970: 1_795_233_914.123456)
    return Export(
      id: ExportID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E29),
      memberID: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      requestedAt: date,
      jobID: Identifier(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E30),
      readyAt: isReady ? date + 60 : nil,
      digest: isReady ? Bytea([]) : nil,
      sizeBytes: isReady ? 734_003_200 : nil,
      expiresAt: date + 7 * 86_400
    )
  }
}
