using System.Globalization;
using System.Net.Mime;
using System.Text;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Api.Wallets;

/// <summary>A wallet's transfers, as pages of JSON or all of them as CSV.</summary>
internal static class TransactionEndpoints
{
    private const string CsvMediaType = "text/csv";
    private const int CsvPage = 1_000;
    private const int FlushCharacters = 64 * 1024;

    private const string CsvHeader =
        "transfer_id,recorded_at,occurred_at,kind,amount,currency,from_account,to_account,balance_before,balance_after,actor,description,reference," +
        "attempt_id,lease_id,corrects,overflow,observed,idempotency_key";

    public static void MapTransactions(this WebApplication app) =>
        app.MapGet("/v1/wallets/{id}/transactions", ListAsync)
            .WithTags("wallets")
            .WithSummary("Transfers that touched a wallet, newest first; all of them with format=csv or Accept: text/csv.")
            .Produces<TransactionsBody>(StatusCodes.Status200OK, MediaTypeNames.Application.Json, CsvMediaType);

    private static async Task<IResult> ListAsync(string id, [AsParameters] TransactionQuery query, WalletClient wallet, HttpContext http)
    {
        var request = query.ToRequest(id);
        if (!WantsCsv(query.format, http))
        {
            var answer = await wallet.ListTransactionsAsync(request, Call.Options(http));
            return Results.Ok(new TransactionsBody([.. answer.Transactions.Select(TransferBody.From)], answer.NextPageToken));
        }

        await WriteCsvAsync(request, wallet, http);
        return Results.Empty;
    }

    private static bool WantsCsv(string? format, HttpContext http) => format switch
    {
        null or "" => http.Request.GetTypedHeaders().Accept.Any(accept => accept.MediaType.Equals(CsvMediaType, StringComparison.OrdinalIgnoreCase)),
        "json" => false,
        "csv" => true,
        _ => throw RpcErrors.InvalidArgument($"format cannot be '{format}'; it is json or csv."),
    };

    /// <summary>Page by page: pages go back in time and nothing is ever inserted behind, so together they are one consistent list.</summary>
    private static async Task WriteCsvAsync(ListTransactionsRequest request, WalletClient wallet, HttpContext http)
    {
        request.PageSize = CsvPage;
        var rows = new StringBuilder(CsvHeader).Append("\r\n");

        // The first page is awaited before the answer begins, so that a refusal is still a problem with its status. From then on its headers are sent, and cannot be set again.
        var page = await wallet.ListTransactionsAsync(request, Call.Options(http));
        http.Response.ContentType = $"{CsvMediaType}; charset=utf-8";
        while (true)
        {
            foreach (var transfer in page.Transactions)
            {
                Append(rows, TransferBody.From(transfer));
                if (rows.Length > FlushCharacters)
                {
                    await FlushAsync();
                }
            }

            if (page.NextPageToken.Length == 0)
            {
                break;
            }

            request.PageToken = page.NextPageToken;
            page = await wallet.ListTransactionsAsync(request, Call.Options(http));
        }

        await FlushAsync();

        async Task FlushAsync()
        {
            await http.Response.WriteAsync(rows.ToString(), http.RequestAborted);
            rows.Clear();
        }
    }

    private static void Append(StringBuilder rows, TransferBody row) => rows.AppendJoin(
        ',', row.TransferId, Moment(row.RecordedAt), Moment(row.OccurredAt), row.Kind, row.Amount.ToFixedString(), row.Currency, row.FromAccount, row.ToAccount,
        row.BalanceBefore.ToFixedString(), row.BalanceAfter.ToFixedString(), CsvCell.OfText(row.Actor), CsvCell.OfText(row.Description), CsvCell.OfText(row.Reference), row.AttemptId,
        row.LeaseId, row.Corrects, row.Overflow ? "true" : "false", row.Observed ? "true" : "false", CsvCell.OfText(row.IdempotencyKey)).Append("\r\n");

    private static string Moment(DateTimeOffset? moment) => moment?.UtcDateTime.ToString(UtcTimeJsonConverter.Format, CultureInfo.InvariantCulture) ?? "";
}

/// <param name="kind">Kinds, comma-separated.</param>
/// <param name="from">A date (midnight in time_zone) or a time; half open on recorded_at.</param>
internal sealed record TransactionQuery(
    string? kind, string? from, string? to, string? time_zone, string? attempt_id, string? idempotency_key, int? page_size, string? page_token, string? format)
{
    public ListTransactionsRequest ToRequest(string walletId)
    {
        var (begin, end) = TimeRange.Bounds(from, to, time_zone);
        return new ListTransactionsRequest
        {
            WalletId = walletId,
            PageSize = page_size ?? 0,
            PageToken = page_token ?? "",
            RecordedFrom = begin.ToTimestampUtc(),
            RecordedBefore = end.ToTimestampUtc(),
            AttemptId = attempt_id ?? "",
            IdempotencyKey = idempotency_key ?? "",
            Kinds = { EnumText.List<TransferKind>("kind", kind) },
        };
    }
}

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record TransactionsBody(IReadOnlyList<TransferBody> Transactions, string NextPageToken);
