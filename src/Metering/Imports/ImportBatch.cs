using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;

namespace Platform.Metering.Imports;

/// <summary>What became of a row.</summary>
internal enum RowEnd
{
    Pending,
    Refused,
    UnmappedRefused,
    Skipped,
    Changed,
    Duplicate,
    Accepted,
}

/// <summary>The rows of one request and what became of each. Pure: every step ends some by its own rule, whatever is pending goes on.</summary>
internal sealed class ImportBatch
{
    private readonly Line[] _lines;
    private readonly ImportSettings _settings;
    private readonly string _importId;

    public ImportBatch(IReadOnlyList<ImportRow> rows, ImportSettings settings, Guid? importId)
    {
        _lines = [.. rows.Select(row => new Line(row))];
        _settings = settings;
        _importId = importId?.ToString() ?? "";
    }

    public IEnumerable<Line> Pending => _lines.Where(line => line.End == RowEnd.Pending);

    public IReadOnlyList<Line> Lines => _lines;

    /// <summary>Checks each row on its own and finds whose it is.</summary>
    public void Map(ImportMapping mapping, DateTimeOffset now)
    {
        foreach (var line in _lines)
        {
            if (ImportCheck.Row(line.Row, now) is { } problem)
            {
                line.Close(RowEnd.Refused, problem);
                continue;
            }

            line.Whose = mapping.Find(line.Row);
            line.IsUnmapped = !line.Whose.Skip && line.Whose.TeamId.Length == 0;
            if (line.Whose.Skip)
            {
                line.Close(RowEnd.Skipped);
            }
            else if (line.IsUnmapped && _settings.UnmappedTeamId.Length == 0)
            {
                line.Close(RowEnd.UnmappedRefused, "No rule says whose it is: set one for its key, user or project, or name a team for such rows.");
            }
            else if (line.IsUnmapped)
            {
                line.Whose = line.Whose with { TeamId = _settings.UnmappedTeamId };
            }
        }
    }

    /// <summary>The pending rows as events. A row whose record was taken back is told again under an id of its own.</summary>
    /// <param name="generation">From 1.</param>
    public List<UsageEvent> Events(int generation)
    {
        var events = new List<UsageEvent>(_lines.Length);
        foreach (var line in Pending)
        {
            line.Event = ImportEvent.Of(line.Row, line.Whose, _settings.Source, _importId, generation);
            events.Add(line.Event);
        }

        return events;
    }

    /// <summary>Takes the intake's answers for the pending rows. Those that it knows stay pending until they are judged.</summary>
    public void Take(RecordResponse answer)
    {
        foreach (var (line, result) in Pending.ToList().Zip(answer.Results))
        {
            line.Result = result;
            switch (result.Outcome)
            {
                case RecordOutcome.Accepted or RecordOutcome.AcceptedUnpriced:
                    line.Close(RowEnd.Accepted);
                    break;
                case RecordOutcome.Invalid or RecordOutcome.UnknownTeam:
                    line.Close(RowEnd.Refused, result.Message);
                    break;
            }
        }
    }

    /// <summary>Decides on rows that the intake knows: the same, though perhaps another's by now, changed, or, of an import that was undone, to be told anew.</summary>
    /// <param name="known">By record id, those that are kept.</param>
    public void Judge(IReadOnlyDictionary<Guid, ImportedRecord> known)
    {
        foreach (var line in Pending.ToList())
        {
            if (!known.TryGetValue(Guid.Parse(line.Result!.RecordId), out var record))
            {
                line.Close(RowEnd.Duplicate);
            }
            else if (!record.IsUndone)
            {
                var same = record.Says(line.Event!);
                line.Close(
                    same ? RowEnd.Duplicate : RowEnd.Changed,
                    !same ? $"It was imported before with other figures ({record.Figures}, in import {record.ImportId}), and those stand. Undo that import and import both files to take the new ones."
                    : line.Whose.IsOf(record.Whose) ? ""
                    : $"It was imported before for {record.Whose} (in import {record.ImportId}), and stays so; by the rules of now it would be for {line.Whose}. To move it, take that import back (kt imports undo {record.ImportId}) and import it again.");
            }
        }
    }

    /// <summary>Refuses what is still pending.</summary>
    public void GiveUp(string message)
    {
        foreach (var line in Pending.ToList())
        {
            line.Close(RowEnd.Refused, message);
        }
    }

    internal sealed class Line(ImportRow row)
    {
        public ImportRow Row { get; } = row;

        public Attribution Whose { get; set; }

        public bool IsUnmapped { get; set; }

        /// <summary>As it was last given to the intake.</summary>
        public UsageEvent? Event { get; set; }

        /// <summary>The intake's answer.</summary>
        public RecordResult? Result { get; set; }

        public RowEnd End { get; private set; }

        public string Message { get; private set; } = "";

        public bool IsUnpriced => Result?.Outcome == RecordOutcome.AcceptedUnpriced;

        public void Close(RowEnd end, string message = "") => (End, Message) = (end, message);
    }
}
