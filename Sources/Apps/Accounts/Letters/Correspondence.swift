public import ArtelMail
public import ArtelWeb
public import FoundationEssentials

/// How mails and text messages leave Artel, and what they say.
public struct Correspondence: Sendable {
  /// Sends a mail, dated as given; nil keeps mails in the mailbox of the administrator.
  public var mail: (@Sendable (MailMessage, Date) async throws -> Void)?

  /// Sends a text to a number under a name that stays the same at each attempt; nil keeps texts in
  /// the mailbox of the administrator.
  public var text: (@Sendable (_ text: String, String, _ identity: String) async throws -> Void)?

  let sender: MailAddress
  let siteURL: String
  let wording: @Sendable (String, [String: String], Language) -> String

  /// Says who sends and where links lead; nothing leaves until ``mail`` and ``text`` are set.
  ///
  /// - Parameters:
  ///   - sender: Whom mails come from.
  ///   - siteURL: The public address that every link begins with, without a slash at its end. Links
  ///     never take it from a request, whose `Host` anybody may choose.
  ///   - wording: The texts by key, with values for their placeholders, in a language.
  public init(
    from sender: MailAddress,
    siteURL: String,
    wording: @escaping @Sendable (String, [String: String], Language) -> String
  ) {
    self.sender = sender
    self.siteURL = siteURL
    self.wording = wording
  }

  /// What stands between the scheme and the path of the public address.
  var host: String {
    let parts = siteURL.split(separator: "://", maxSplits: 1)
    return String(parts.last ?? "")
  }
}
