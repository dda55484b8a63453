using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Teams;

namespace Platform.Metering.Imports;

/// <summary>
/// Takes rows in. (1) Check each and find whose it is. (2) Give them to the intake, which refuses what it knows. (3) Look at what it knows: the same, changed, or
/// taken back since, which is told again under another id. (4) Sum up.
/// </summary>
internal sealed class ImportRows(RecordUsage record, ImportRuleStore rules, ImportRecordStore records, TeamDirectory teams, TimeProvider time)
{
    /// <summary>How often a row may be imported after it was taken back.</summary>
    private const int MaxGenerations = 50;

    /// <param name="importId">Null: say what would become of them, and keep nothing.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (BATCH_TOO_LARGE); as the intake.</exception>
    public async Task<ImportSums> RunAsync(ImportSettings settings, Guid? importId, IReadOnlyList<ImportRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count is 0 or > RecordUsage.MaxBatch)
        {
            throw RpcErrors.InvalidArgument($"rows must be 1 to {RecordUsage.MaxBatch}; there are {rows.Count}.", Reasons.BatchTooLarge);
        }

        var batch = new ImportBatch(rows, settings, importId);
        batch.Map(new ImportMapping(settings.Rules, await rules.ListInForceAsync(cancellationToken)), time.GetUtcNow());
        for (var generation = 1; batch.Pending.Any(); generation++)
        {
            if (generation > MaxGenerations)
            {
                batch.GiveUp($"It was imported and taken back {MaxGenerations} times; give the file another source name to import it once more.");
                break;
            }

            var events = batch.Events(generation);
            batch.Take(importId is null
                ? await record.PreviewAsync(events, isImport: true, cancellationToken)
                : await record.RunAsync(events, cancellationToken, isImport: true));
            batch.Judge(await records.ReadKnownAsync([.. batch.Pending.Select(line => Guid.Parse(line.Result!.RecordId)).Distinct()], cancellationToken));
        }

        return ImportSums.Of(batch);
    }

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public async Task RequireAsync(ImportSettings? settings, CancellationToken cancellationToken)
    {
        ImportCheck.Require(ImportCheck.Settings(settings));
        await RequireTeamsAsync([settings!.UnmappedTeamId, .. settings.Rules.Select(rule => rule.TeamId)], cancellationToken);
    }

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public async Task RequireTeamsAsync(IEnumerable<string> teamIds, CancellationToken cancellationToken)
    {
        var unknown = await teams.FindUnknownAsync(teamIds.Where(id => id.Length > 0).Distinct(), cancellationToken);
        if (unknown.Count > 0)
        {
            throw RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{unknown.Order(StringComparer.Ordinal).First()}'; create it or correct the id.");
        }
    }
}
