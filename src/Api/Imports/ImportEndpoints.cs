using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using ImportsClient = Platform.Contracts.Metering.V1.Imports.ImportsClient;

namespace Platform.Api.Imports;

/// <summary>Imports of usage that was made elsewhere and before. A file is opened as an import, its rows are added in pieces, then it is finished.</summary>
internal static class ImportEndpoints
{
    /// <summary>Rows wait for the intake, and figures are counted from the records.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static void MapImports(this WebApplication app)
    {
        var imports = app.MapGroup("/v1/imports").WithTags("imports");
        imports.MapGet("", ListAsync).WithSummary("Imports, newest first.");
        imports.MapPost("", CreateAsync).WithSummary("Opens an import.").Produces<ImportBody>(StatusCodes.Status201Created);
        imports.MapPost("/preview", PreviewAsync).WithMetadata(BodyBounds.Batch).WithSummary("What rows would become, at most 1,000; nothing is kept.");
        imports.MapPost("/preview/overlap", PreviewOverlapAsync).WithSummary("What else tells of the same time as the rows of a file, from the reaches that previews answered; nothing is kept.");
        imports.MapGet("/{id}", GetAsync).WithSummary("One import, with what its source says that its usage cost, and with what else tells of the same time.");
        imports.MapPost("/{id}/rows", AddAsync).WithMetadata(BodyBounds.Batch).WithSummary("Adds rows, at most 1,000: those that are refused are named, the others stand.");
        imports.MapPost("/{id}/finish", FinishAsync).WithSummary("Says that all rows were sent, and counts what came of them.");
        imports.MapPost("/{id}/undo", UndoAsync).WithSummary("Takes an import back by corrections; it goes on by itself until the state is undone.");
    }

    private static async Task<ImportsBody> ListAsync(int? page_size, string? page_token, ImportsClient imports, HttpContext http)
    {
        var answer = await imports.ListImportsAsync(new ListImportsRequest { PageSize = page_size ?? 0, PageToken = page_token ?? "" }, Call.Options(http));
        return new ImportsBody([.. answer.Imports.Select(ImportBody.From)], answer.NextPageToken);
    }

    private static async Task<IResult> CreateAsync(CreateImportBody body, ImportsClient imports, HttpContext http)
    {
        var import = await imports.CreateImportAsync(
            new CreateImportRequest
            {
                Settings = body.ToSettings(), Format = Require.Text("format", body.Format), FileName = body.FileName ?? "", IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(ImportBody.From(import), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<RowsOutcomeBody> PreviewAsync(PreviewImportBody body, ImportsClient imports, HttpContext http) => RowsOutcomeBody.From(
        await imports.PreviewRowsAsync(new PreviewRowsRequest { Settings = body.ToSettings(), Rows = { Rows(body.Rows) } }, Call.Options(http, Patience)));

    private static async Task<OverlapBody> PreviewOverlapAsync(PreviewOverlapBody body, ImportsClient imports, HttpContext http)
    {
        var request = new PreviewOverlapRequest
        {
            Source = Require.Text("source", body.Source), FileName = body.FileName ?? "", Duplicates = body.Duplicates ?? 0,
            Reach = (body.Reach ?? throw RpcErrors.InvalidArgument("reach is required.")).ToReach(),
        };
        return new OverlapBody([.. (await imports.PreviewOverlapAsync(request, Call.Options(http, Patience))).Warnings]);
    }

    private static async Task<ImportBody> GetAsync(string id, ImportsClient imports, HttpContext http) =>
        ImportBody.From(await imports.GetImportAsync(new GetImportRequest { ImportId = id }, Call.Options(http)));

    private static async Task<RowsOutcomeBody> AddAsync(string id, AddImportRowsBody body, ImportsClient imports, HttpContext http) => RowsOutcomeBody.From(
        await imports.AddRowsAsync(
            new AddRowsRequest { ImportId = id, Rows = { Rows(body.Rows) }, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http, Patience)));

    private static async Task<ImportBody> FinishAsync(string id, ImportsClient imports, HttpContext http) => ImportBody.From(
        await imports.FinishImportAsync(new FinishImportRequest { ImportId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http, Patience)));

    private static async Task<ImportBody> UndoAsync(string id, UndoImportBody? body, ImportsClient imports, HttpContext http) => ImportBody.From(
        await imports.UndoImportAsync(
            new UndoImportRequest { ImportId = id, Note = body?.Note ?? "", IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http, Patience)));

    private static IEnumerable<ImportRow> Rows(IReadOnlyList<ImportRowBody>? rows) =>
        Require.List("rows", rows).Select((row, index) => row.ToRow($"rows[{index + 1}]"));
}

internal record ImportSettingsBody
{
    /// <summary>Tells rows of one origin from those of another that use the same keys: lower-case letters, digits, '_' and '-'.</summary>
    [Required]
    public string? Source { get; init; }

    /// <summary>Takes what no rule maps; absent: such rows are refused.</summary>
    public string? UnmappedTeamId { get; init; }

    /// <summary>Come before the stored rules, for this import only; at most 1,000.</summary>
    public IReadOnlyList<SetImportRuleBody>? Rules { get; init; }

    public ImportSettings ToSettings() => new()
    {
        Source = Require.Text("source", Source), UnmappedTeamId = UnmappedTeamId ?? "", Rules = { (Rules ?? []).Select(rule => rule.ToRule()) },
    };
}

internal sealed record CreateImportBody : ImportSettingsBody
{
    /// <summary>Such as openai-usage or csv; for people.</summary>
    [Required]
    public string? Format { get; init; }

    public string? FileName { get; init; }
}

internal sealed record PreviewImportBody : ImportSettingsBody
{
    [Required]
    public IReadOnlyList<ImportRowBody>? Rows { get; init; }
}

internal sealed record AddImportRowsBody([property: Required] IReadOnlyList<ImportRowBody>? Rows = null);

/// <param name="Note">For the record; at most 500 characters.</param>
internal sealed record UndoImportBody(string? Note = null);
