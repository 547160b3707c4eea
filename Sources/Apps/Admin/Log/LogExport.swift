import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// How the system log is saved.
enum LogFormat: String, CaseIterable, Sendable {
  /// Comma-separated values with a line of names, RFC 4180.
  case csv
  /// A JSON object in each line.
  case jsonl

  fileprivate var contentType: String {
    switch self {
    case .csv: "text/csv; charset=utf-8"
    case .jsonl: "application/jsonl"
    }
  }
}

/// In which form the log is saved.
struct ExportForm: Form {
  let format: LogFormat

  init(_ fields: inout FormReader) {
    format = fields.choice("format", default: .jsonl)
  }
}

/// The system log as a file, sent while it is read: as much memory for a year as for a day.
struct LogExport: Sendable {
  let accounts: any AccountsAdministration
  let filter: LogFilter
  let format: LogFormat

  private static let batch = 500

  /// The file, newest entries first.
  var response: Response {
    Response(
      status: .ok,
      headers: [
        .contentType: format.contentType, .cacheControl: "no-store",
        .contentDisposition: "attachment; filename=\"system-log.\(format.rawValue)\"",
      ],
      body: ResponseBody { writer in
        if format == .csv { try await writer.write(ByteBuffer(string: LogExport.names)) }
        var before: Int?
        while true {
          let acts = try await accounts.loggedActs(filter, before: before, limit: LogExport.batch)
          let lines = acts.map { format == .csv ? $0.csvLine : $0.jsonLine }.joined()
          try await writer.write(ByteBuffer(string: lines))
          guard acts.count == LogExport.batch, let last = acts.last else { break }
          before = last.position
        }
        try await writer.finish(nil)
      }
    )
  }

  private static let names =
    "position,at,level,act,actor,subject,address,user_agent,details,erased_at,digest\r\n"
}

extension LoggedAct {
  /// The entry as JSON, with a line break.
  var jsonLine: String {
    var json = JSONWriter()
    write(to: &json)
    return String(decoding: json.bytes, as: UTF8.self) + "\n"
  }

  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("position", position)
      json.field("at", at)
      json.field("level", level.rawValue)
      json.field("act", act)
      json.field("actor", actor)
      json.field("subject", subject)
      json.field("address", address)
      json.field("user_agent", userAgent)
      json.field("details", Details(texts: details))
      json.field("erased_at", erasedAt)
      json.field("digest", digest)
    }
  }

  /// The entry as values with commas, with a line break.
  var csvLine: String {
    var json = JSONWriter()
    json.value(Details(texts: details))
    let values: [String] = [
      "\(position)", at.ISO8601Format(), level.rawValue, act, actor?.description ?? "",
      subject?.description ?? "", address ?? "", userAgent ?? "",
      String(decoding: json.bytes, as: UTF8.self), erasedAt?.ISO8601Format() ?? "", digest,
    ]
    return values.map(LoggedAct.cell).joined(separator: ",") + "\r\n"
  }

  /// In quotes, and never a formula: what outsiders wrote is opened in spreadsheets.
  static func cell(_ text: String) -> String {
    let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
    return "\"\(isFormula ? "'" : "")\(text.replacing("\"", with: "\"\""))\""
  }
}

/// The details of an entry, by name.
private struct Details: JSONWritable {
  let texts: [String: String]

  func write(to json: inout JSONWriter) {
    json.object { json in
      for (name, text) in texts.sorted(by: { $0.key < $1.key }) { json.field(named: name, text) }
    }
  }
}
