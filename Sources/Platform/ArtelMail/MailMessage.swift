public import FoundationEssentials

/// A mail to one person: a text, and the same as simple HTML.
///
/// ``source(at:boundary:)`` writes it as `multipart/alternative` (RFC 5322, 2045, 2047): lines end
/// with CRLF and have at most 76 characters, text is UTF-8 in quoted-printable, and headers beyond
/// ASCII are encoded words. Nothing in it can add a header.
public struct MailMessage: Sendable {
  /// Who sends it.
  public let from: MailAddress
  /// Who gets it.
  public let to: MailAddress
  /// Its subject: one line.
  public let subject: String
  /// The text; lines end with LF.
  public let text: String
  /// The same as an HTML document; nil sends the text alone.
  public let html: String?
  /// The name before the `@` of its Message-ID: the same one for each attempt at sending it, so that
  /// a mailbox can tell a mail that comes twice.
  public let identity: String

  /// Makes a mail.
  ///
  /// - Throws: ``DeliveryError`` of code `malformed` when the subject has a line break or another
  ///   control character, or the identity anything but ASCII letters, digits, `.` and `-`.
  public init(
    from: MailAddress,
    to: MailAddress,
    subject: String,
    text: String,
    html: String? = nil,
    identity: String
  ) throws {
    guard subject.unicodeScalars.allSatisfy(MailAddress.isAllowed) else {
      throw DeliveryError(.malformed, "the subject has a control character")
    }
    guard !identity.isEmpty, identity.utf8.allSatisfy(Self.isIdentityLetter) else {
      throw DeliveryError(.malformed, "the identity is no name for a mail")
    }
    self.from = from
    self.to = to
    self.subject = subject
    self.text = text
    self.html = html
    self.identity = identity
  }

  /// The mail as it goes over the wire.
  ///
  /// - Parameters:
  ///   - date: Its `Date`, written in UTC.
  ///   - boundary: Stands between its parts. No line of quoted-printable can begin with `--=_`, so one
  ///     that begins with `=_` is never found in a part.
  /// - Returns: Its lines, with CRLF between them.
  public func source(at date: Date, boundary: String) -> String {
    let id = MailHeader.asciiDomain(from.domain)
    var lines = [
      "Date: \(MailDate.text(date))",
      MailHeader.line("From", from),
      MailHeader.line("To", to),
      MailHeader.line("Subject", subject),
      "Message-ID: <\(identity)@\(id)>",
      "MIME-Version: 1.0",
      "Auto-Submitted: auto-generated",
    ]
    guard let html else { return (lines + part(text, type: "plain")).joined(separator: "\r\n") }
    lines.append("Content-Type: multipart/alternative;\r\n boundary=\"=_\(boundary)\"")
    lines += ["", "--=_\(boundary)"] + part(text, type: "plain")
    // The last one is what a program shows that understands both.
    lines += ["--=_\(boundary)"] + part(html, type: "html")
    lines += ["--=_\(boundary)--", ""]
    return lines.joined(separator: "\r\n")
  }

  private func part(_ text: String, type: String) -> [String] {
    [
      "Content-Type: text/\(type); charset=utf-8",
      "Content-Transfer-Encoding: quoted-printable",
      "",
      QuotedPrintable.encode(text),
      "",
    ]
  }

  private static func isIdentityLetter(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
