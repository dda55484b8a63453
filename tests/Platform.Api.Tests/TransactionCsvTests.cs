using Platform.Contracts;

namespace Platform.Api.Tests;

public sealed class TransactionCsvTests
{
    [Theory]
    [InlineData("Q3 top-up", "Q3 top-up")]
    [InlineData("", "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+49 30 1234", "'+49 30 1234")]
    [InlineData("-2 + 3", "'-2 + 3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")]
    [InlineData("PO-17 = paid", "PO-17 = paid")]
    public void Text_of_people_is_quoted_and_never_a_formula(string text, string cell) => Assert.Equal(cell, CsvCell.OfText(text));
}
