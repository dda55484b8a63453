using System.Net;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

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

    [Fact(Timeout = 300_000)]
    public async Task Transfers_of_many_pages_are_one_file_whole()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var wallet = await NeighbourService.StartAsync(new PagedWallet(), cancel);
        await using var api = new RunningApi { Wallet = wallet.Urls.Single() };
        await api.InitializeAsync();

        var answer = await api.Client.GetAsync("/v1/wallets/wal_a/transactions?format=csv", cancel);
        var lines = (await answer.Content.ReadAsStringAsync(cancel)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal((HttpStatusCode.OK, "text/csv"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(Enumerable.Range(0, PagedWallet.Transfers).Select(PagedWallet.IdOf), lines.Skip(1).Select(line => line[..line.IndexOf(',', StringComparison.Ordinal)]));
    }

    /// <summary>Has more transfers than a page, and of a page more than the API writes at once.</summary>
    private sealed class PagedWallet : Contracts.Wallet.V1.Wallet.WalletBase
    {
        public const int Transfers = 2_500;

        public static string IdOf(int number) => $"transfer-{number}";

        public override Task<ListTransactionsResponse> ListTransactions(ListTransactionsRequest request, ServerCallContext context)
        {
            var first = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken, System.Globalization.CultureInfo.InvariantCulture);
            var after = Math.Min(first + request.PageSize, Transfers);
            var moment = new Timestamp();
            return Task.FromResult(new ListTransactionsResponse
            {
                Transactions =
                {
                    Enumerable.Range(first, after - first).Select(number => new Transfer
                    {
                        TransferId = IdOf(number), Kind = TransferKind.Settlement, AmountNanos = 1, Currency = "USD", RecordedAt = moment, OccurredAt = moment,
                    }),
                },
                NextPageToken = after < Transfers ? $"{after}" : "",
            });
        }
    }
}
