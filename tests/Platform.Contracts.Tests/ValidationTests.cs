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
}
