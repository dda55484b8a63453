namespace Platform.Contracts.Tests;

public sealed class ValidationTests
{
    [Theory]
    [InlineData("Search", true)]
    [InlineData("Équipe « Recherche » 検索", true)]
    [InlineData("", false)]
    [InlineData("a\tb", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\u0000b", false)]
    [InlineData("a\u001b[31mb", false)]
    [InlineData("a\u0085b", false)]
    [InlineData("a\u2028b", false)]
    public void Name_is_one_line_without_control_characters(string name, bool isFine) => Assert.Equal(isFine, Validation.Name("name", name) is null);

    [Theory]
    [InlineData("", true)]
    [InlineData("ada@example.com", true)]
    [InlineData("ada.lovelace+alerts@mail.example.co.uk", true)]
    [InlineData("o'brien_{x}|y~z!#$%&*/=?^`-@example.com", true)]
    [InlineData("a@1-2.example", true)]
    [InlineData("a@bücher.example", true)]
    [InlineData("a@xn--bcher-kva.example", true)]
    [InlineData("ops@example.com;", false)]
    [InlineData("ops@example.com,", false)]
    [InlineData("mailto:ops@example.com", false)]
    [InlineData("a..b@example.com", false)]
    [InlineData(".a@example.com", false)]
    [InlineData("a.@example.com", false)]
    [InlineData("ops,team@example.com", false)]
    [InlineData("a(b@example.com", false)]
    [InlineData("a b@example.com", false)]
    [InlineData("\"a b\"@example.com", false)]
    [InlineData("Ada <ada@example.com>", false)]
    [InlineData("a@b@example.com", false)]
    [InlineData("a@example", false)]
    [InlineData("a@example.com.", false)]
    [InlineData("a@example..com", false)]
    [InlineData("a@-example.com", false)]
    [InlineData("a@example-.com", false)]
    [InlineData("a@[127.0.0.1]", false)]
    [InlineData("a@example.com\n", false)]
    public void Email_is_one_address_that_a_mail_can_be_sent_to(string email, bool isFine) => Assert.Equal(isFine, Validation.Email("email", email) is null);

    [Theory]
    [InlineData("abcd", "abcd")]
    [InlineData("abcde", "abcd…")]
    [InlineData("ab😀", "ab😀")]
    [InlineData("ab😀e", "ab😀…")]
    [InlineData("abc😀", "abc…")]
    public void Text_is_shown_up_to_a_length_in_whole_characters(string text, string shown) => Assert.Equal(shown, Validation.Shown(text, 4));
}
