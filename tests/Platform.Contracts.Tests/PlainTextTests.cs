namespace Platform.Contracts.Tests;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("wie Übliches – 東京 👍\tund\n", "wie Übliches – 東京 👍\tund\n")]
    [InlineData("a\u001b[2Kb", "a\\u001b[2Kb")]
    [InlineData("a\rb\r\nc", "a\\u000db\r\nc")]
    [InlineData("\u0000\u0007\u0008\u007f\u009b", "\\u0000\\u0007\\u0008\\u007f\\u009b")]
    [InlineData("a\u202eb\u2066c", "a\\u202eb\\u2066c")]
    [InlineData("", "")]
    public void What_is_obeyed_is_written_out(string text, string shown) => Assert.Equal(shown, PlainText.Of(text));
}
