import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelImports
import ArtelPostgres
import ArtelWeb
import Foundation

/// Which names and addresses people from another system get, where those they had cannot be or are taken.
///
/// Whoever comes first keeps the name; the name of another one says which of them it is by the beginning of
/// their id, so it is the same whenever and in whichever parts they are brought.
struct NameChoice {
  private var takenNames: Set<String>
  /// By the address as it was written: the form in which it is unique.
  private let addressKeys: [String: String]
  private var takenAddresses: Set<String>

  /// Asks which names and addresses are taken; two statements.
  init(for people: [MemberToImport], in tx: Transaction) async throws {
    let names = people.flatMap { Self.candidates(for: $0) }.map { $0.lowercased() }
    let taken = try await tx.read(
      """
      select lower(username) from members where lower(username) = any(array(select unnest(\(names))))
      """
    )
    takenNames = Set(try taken.map { try $0.decode(String.self, at: 0) })
    let addresses = people.compactMap { Self.address(of: $0) }
    let rows = try await tx.read(
      """
      select typed.email, lower(typed.email),
        exists (select from members where lower(email) = lower(typed.email))
      from unnest(\(addresses)::text[]) as typed (email)
      """
    )
    var keys: [String: String] = [:]
    takenAddresses = []
    for row in rows {
      let key: String = try row.decode(at: 1)
      keys[try row.decode(at: 0)] = key
      if try row.decode(Bool.self, at: 2) { takenAddresses.insert(key) }
    }
    addressKeys = keys
  }

  /// A username for somebody, theirs from now on; nil when all that they could have are taken.
  mutating func username(for person: MemberToImport) -> String? {
    for name in Self.candidates(for: person) where takenNames.insert(name.lowercased()).inserted {
      return name
    }
    return nil
  }

  /// The address of somebody, theirs from now on; or why they have none.
  mutating func address(for person: MemberToImport) -> (text: String?, refusal: String?) {
    guard let address = Self.address(of: person) else { return (nil, "email_malformed") }
    guard let key = addressKeys[address], takenAddresses.insert(key).inserted else {
      return (nil, "email_taken")
    }
    return (address, nil)
  }

  /// The usernames that somebody may have, the best first.
  private static func candidates(for person: MemberToImport) -> [String] {
    let hex = person.id.description.replacing("-", with: "")
    let base = plain(person.username)
    let marked = [6, 12].map { digits in
      let mark = "_\(hex.prefix(digits))"
      let start = base.prefix(Username.length.upperBound - mark.count)
      return (start.isEmpty ? "member" : String(start)) + mark
    }
    return ([person.username, base] + marked).compactMap { try? Username($0).text }
  }

  /// A name in the letters of usernames: Cyrillic as passports write it, no marks, `_` for the rest.
  private static func plain(_ name: String) -> String {
    let latin = name.map { letter in
      guard let plain = letter.lowercased().first.flatMap(Transliteration.latin) else {
        return String(letter)
      }
      return letter.isUppercase ? plain.prefix(1).uppercased() + plain.dropFirst() : plain
    }
    let folded = latin.joined().folding(options: .diacriticInsensitive, locale: nil)
    let words = folded.utf8.split { byte in
      !(byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
    }
    let joined = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "_")
    return String(joined.prefix(Username.length.upperBound))
  }

  private static func address(of person: MemberToImport) -> String? {
    try? EmailAddress(person.email).text
  }
}
