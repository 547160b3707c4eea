import ArtelAuth
import Testing

@Suite("A password that is long enough")
struct GuessablePasswordTests {
  @Test(arguments: [
    "password1234", "Password2024!", "p4ssw0rdp4ssw0rd", "123456789012", "qwertyuiop12",
    "aaaaaaaaaaaaa",
    "abababababab", "1qaz2wsx3edc", "iloveyou2026", "letmein-admin",
    "welcome12345", "пароль123456", "йцукенгшщзхъ", "gfhjkmgfhjkm", "administrator1",
    "abcdefghijkl",
    "987654321098", "Qwerty!2345678", "люблютебя2025", "master master 1",
  ])
  func `is refused when it is among the first to be tried`(password: String) {
    #expect(GuessablePassword.contains(password))
  }

  @Test(arguments: [
    "correct horse ada", "a long secret for bench", "tusk-vane-ochre", "вишня летит на юг",
    "9fK2#wLq8vTz",
    "password for my boat", "k7 m2 q9 w4 z1 x8", "Моя собака любит борщ",
  ])
  func `is taken when nothing well known explains it`(password: String) {
    #expect(!GuessablePassword.contains(password))
  }

  @Test(arguments: ["ada.lovelace1", "Ada_Lovelace_2026", "artel-artel-ada", "lovelace12345"])
  func `is refused when it says what everybody knows of the member`(password: String) {
    let words = ["ada", "lovelace", "ada.lovelace", "ada_lovelace", "artel"]

    #expect(GuessablePassword.contains(password, knowing: words))
    #expect(!GuessablePassword.contains("tusk-vane-ochre \(password)", knowing: words))
  }
}
