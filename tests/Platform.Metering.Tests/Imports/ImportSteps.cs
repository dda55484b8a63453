using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Imports;

namespace Platform.Metering.Tests.Imports;

/// <summary>What a client does with imports, on the service's operations.</summary>
internal static class ImportSteps
{
    public static readonly DateTimeOffset Day = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static ImportSettings Settings(string unmappedTeam = "", string source = "csv") => new() { Source = source, UnmappedTeamId = unmappedTeam };

    public static ImportRow Row(string key, Action<ImportRow>? with = null)
    {
        var row = new ImportRow
        {
            RowKey = key,
            OccurredAt = Day.AddHours(9).ToTimestampUtc(),
            Provider = "openai",
            Model = "gpt-4o-mini",
            Tokens = new Tokens { Input = 1_000, Output = 500 },
            Project = "proj_a",
        };
        with?.Invoke(row);
        return row;
    }

    public static Task<Import> CreateAsync(this MeteringFixture metering, ImportSettings settings) => metering.Get<CreateImport>().RunAsync(
        new CreateImportRequest { Settings = settings, Format = "csv", FileName = "usage.csv", IdempotencyKey = Key() }, "key_test", Cancel);

    public static Task<RowsOutcome> AddAsync(this MeteringFixture metering, Import import, params IEnumerable<ImportRow> rows) => metering.Get<AddImportRows>().RunAsync(
        new AddRowsRequest { ImportId = import.ImportId, Rows = { rows }, IdempotencyKey = Key() }, Cancel);

    public static Task<Import> FinishAsync(this MeteringFixture metering, Import import) =>
        metering.Get<FinishImport>().RunAsync(new FinishImportRequest { ImportId = import.ImportId, IdempotencyKey = Key() }, Cancel);

    /// <summary>All of a file: open, rows in pieces, finish.</summary>
    public static async Task<Import> ImportAsync(this MeteringFixture metering, ImportSettings settings, IEnumerable<ImportRow> rows, int piece = 100)
    {
        var import = await metering.CreateAsync(settings);
        foreach (var chunk in rows.Chunk(piece))
        {
            await metering.AddAsync(import, chunk);
        }

        return await metering.FinishAsync(import);
    }

    /// <summary>What a dry run of the file would warn of: its pieces are previewed apart, as a client has them, and asked about as one.</summary>
    public static async Task<IList<string>> ForeseeAsync(this MeteringFixture metering, ImportSettings settings, IEnumerable<ImportRow> rows, int piece = 100)
    {
        var asked = new PreviewOverlapRequest { Source = settings.Source, FileName = "usage.csv", Reach = new ImportReach() };
        foreach (var chunk in rows.Chunk(piece))
        {
            var sums = await metering.Get<ImportRows>().RunAsync(settings, null, chunk, Cancel);
            var reach = await metering.Get<ImportOverlap>().ReachAsync(sums, settings.Source, Cancel);
            asked.Duplicates += sums.Outcome.Counts.Duplicates;
            asked.Reach.FirstOccurredAt = new[] { asked.Reach.FirstOccurredAt, reach.FirstOccurredAt }.Where(time => time is not null).Min();
            asked.Reach.LastOccurredAt = new[] { asked.Reach.LastOccurredAt, reach.LastOccurredAt }.Where(time => time is not null).Max();
            asked.Reach.Providers.Add(reach.Providers.Except(asked.Reach.Providers).ToList());
            foreach (var other in reach.Others)
            {
                var known = asked.Reach.Others.FirstOrDefault(known => known.ImportId == other.ImportId);
                if (known is null)
                {
                    asked.Reach.Others.Add(other);
                }
                else
                {
                    known.Rows += other.Rows;
                }
            }
        }

        return await metering.Get<ImportOverlap>().PreviewAsync(asked, Cancel);
    }

    public static async Task<Import> UndoAsync(this MeteringFixture metering, Import import)
    {
        await metering.AskUndoAsync(import);
        await metering.Get<UndoImports>().RunAsync(Cancel);
        return await metering.Get<ListImports>().GetAsync(Guid.Parse(import.ImportId), Cancel);
    }

    public static Task<Import> AskUndoAsync(this MeteringFixture metering, Import import) => metering.Get<UndoImport>().RunAsync(
        new UndoImportRequest { ImportId = import.ImportId, Note = "wrong team", IdempotencyKey = Key() }, "key_admin", Cancel);

    public static Task<ImportRule> MapAsync(this MeteringFixture metering, ImportDimension dimension, string value, string team, Action<ImportRule>? with = null)
    {
        var rule = new ImportRule { Dimension = dimension, Value = value, TeamId = team };
        with?.Invoke(rule);
        return metering.Get<ChangeImportRules>().SetAsync(new SetImportRuleRequest { Rule = rule, IdempotencyKey = Key() }, "key_admin", Cancel);
    }

    public static async Task<SpendRow> TotalAsync(this MeteringFixture metering) => (await metering.QueryAsync(new QuerySpendRequest())).Total;

    public static string Key() => Guid.CreateVersion7().ToString();
}
