import FoundationEssentials

/// An archive as people see it.
struct ExportCard: Sendable {
  let url: String?
  let requestedAt: Date
  let expiresAt: Date
  let sizeBytes: Int?
  let isMaking: Bool
  let isReady: Bool
  let filesDone: Int?
  let filesTotal: Int?

  init(_ resource: ExportResource) {
    url = resource.url
    requestedAt = resource.export.requestedAt
    expiresAt = resource.export.expiresAt
    sizeBytes = resource.export.sizeBytes
    isMaking = resource.state == "making"
    isReady = resource.state == "ready"
    filesDone = resource.progress?.done
    filesTotal = resource.progress?.total
  }
}
