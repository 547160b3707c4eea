/// Tells passwords apart that are among the first to be tried, although they are long enough.
///
/// Nothing is sent anywhere and no list of millions is kept: what people make long passwords of are a few
/// hundred words, rows of keys, years and repetition. What is left without those has to be worth something.
/// Source: OWASP ASVS 4.0.3, 2.1.7; NIST SP 800-63B, 5.1.1.2.
public enum GuessablePassword {
  /// Letters that have to be left when everything well known is taken away.
  private static let restLength = 4

  /// Different characters that a password must have.
  private static let varietyLength = 5

  /// Whether a password would be guessed early.
  ///
  /// Cost: the password's length times the number of words.
  ///
  /// - Parameters:
  ///   - password: As it was chosen.
  ///   - words: What everybody knows of the member, such as the username, and of the place.
  /// - Returns: Whether little is left of it without what is well known.
  public static func contains(_ password: String, knowing words: [String] = []) -> Bool {
    let characters = Array(password.lowercased())
    if Set(characters).count < varietyLength { return true }
    let known = words.map(plain).filter { $0.count > 2 } + commonWords
    // With digits as letters ("p4ssw0rd") and without: a year is not "zoza".
    return [plain(password), spelled(characters)].contains { text in
      rest(of: text, without: known) < restLength
    }
  }

  /// Letters and digits alone, in lower case.
  private static func plain(_ text: String) -> String {
    String(text.lowercased().filter { $0.isLetter || $0.isNumber })
  }

  private static func spelled(_ characters: [Character]) -> String {
    plain(String(characters.map { letters[$0] ?? $0 }))
  }

  /// How many letters no word and no row of keys accounts for.
  private static func rest(of text: String, without words: [String]) -> Int {
    var text = text
    for word in words.sorted(by: { $0.count > $1.count }) {
      text = text.replacing(word, with: " ")
    }
    return withoutRuns(text).count(where: \.isLetter)
  }

  /// The text without pieces of at least three neighbors on a keyboard or in the alphabet.
  private static func withoutRuns(_ text: String) -> [Character] {
    let characters = Array(text)
    var kept: [Character] = []
    var start = 0
    while start < characters.count {
      var end = start
      while end + 1 < characters.count, neighbors.contains([characters[end], characters[end + 1]]) {
        end += 1
      }
      if end - start < 2 { kept += characters[start...end] }
      start = end + 1
    }
    return kept
  }

  private static let letters: [Character: Character] = [
    "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s",
    "!": "i",
  ]

  /// Pairs that stand side by side, in either direction, and every character twice.
  private static let neighbors: Set<[Character]> = {
    let rows = [
      "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя", "01234567890",
      "qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю",
      "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm",
    ].map(Array.init)
    var pairs: Set<[Character]> = []
    for row in rows {
      for (left, right) in zip(row, row.dropFirst()) {
        pairs.formUnion([[left, right], [right, left]])
      }
      pairs.formUnion(row.map { [$0, $0] })
    }
    return pairs
  }()

  private static let commonWords = "\(english) \(russian)".split(separator: " ").map(String.init)

  private static let english = """
    password passwort passw pass word admin administrator root user guest login welcome letmein master secret \
    default changeme access server system internet computer account test testing demo sample example temp iloveyou \
    ilove love you lover baby angel princess sunshine flower summer winter spring autumn monday friday january \
    december monkey dragon tiger lion shadow killer hunter ranger soccer football baseball hockey basketball \
    superman batman starwars pokemon naruto michael jordan jessica ashley daniel charlie thomas robert jennifer \
    michelle nicole andrew joshua matthew amanda george maggie buster ginger pepper cheese cookie chocolate banana \
    orange apple purple yellow silver golden diamond freedom whatever trustno trust nothing hello world money \
    lucky magic music forever friends family mother father jesus christ god bless heaven samsung google facebook \
    twitter instagram linkedin youtube microsoft windows android iphone nokia mustang ferrari porsche mercedes \
    harley corvette yankees liverpool chelsea arsenal barcelona madrid phoenix merlin matrix gandalf hobbit
    """

  private static let russian = """
    parol privet lubov lyubov natasha marina sergey dmitriy vladimir aleksandr alexandr andrey maksim nikita \
    ekaterina anastasia svetlana tatiana moskva moscow russia rossia rossiya spartak zenit cska dinamo solnce \
    solnyshko zvezda kotik zaika malish пароль привет любовь люблю тебя солнце солнышко звезда наташа марина сергей \
    дмитрий владимир александр андрей максим никита екатерина анастасия светлана татьяна москва россия спартак зенит \
    динамо котик зайка малыш админ мама папа жизнь счастье gfhjkm ghbdtn k.,jdm yfnfif cthutq
    """
}
