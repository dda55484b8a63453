using Google.Protobuf.Collections;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Testing;

namespace Platform.Dashboard.Tests;

/// <summary>Metering of an organisation where every team spends a nano a day in every workload. As the real one it refuses an answer of more than 50,000 rows, unless the first ones are asked for.</summary>
internal sealed class ManyRows(int teams, int workloads) : UnaryInvoker
{
    private const int MaxRows = 50_000;

    public List<QuerySpendRequest> Requests { get; } = [];

    protected override object Answer(object request) => request is QuerySpendRequest spend ? Answer(spend) : new RunRate();

    private QuerySpendResponse Answer(QuerySpendRequest request)
    {
        Requests.Add(request);
        var days = (int)Math.Ceiling((request.To.ToDateTime() - request.From.ToDateTime()).TotalDays);
        var filters = request.Filters.ToDictionary(filter => filter.Dimension, filter => filter.Values);
        string[] Of(SpendDimension dimension, int count) => Kept(filters.GetValueOrDefault(dimension), Enumerable.Range(0, count).Select(index => $"{dimension.ToString().ToLowerInvariant()}_{index}"));
        var (ofTeam, ofWorkload) = (Of(SpendDimension.Team, teams), Of(SpendDimension.Workload, workloads));
        var keys = new List<string[]> { Array.Empty<string>() };
        var each = (long)days * ofTeam.Length * ofWorkload.Length;
        foreach (var dimension in request.GroupBy)
        {
            string[] values = dimension switch
            {
                SpendDimension.Day => [.. Enumerable.Range(0, days).Select(day => request.From.ToDateTime().AddDays(day).ToString("yyyy-MM-dd"))],
                SpendDimension.Team => ofTeam,
                SpendDimension.Workload => ofWorkload,
                _ => ["one"],
            };
            keys = [.. keys.SelectMany(before => values.Select(value => (string[])[.. before, value]))];
            each /= values.Length;
        }

        if (request.Top == 0 && keys.Count > MaxRows)
        {
            throw RpcErrors.InvalidArgument("Too many rows.", Reasons.TooManyRows);
        }

        var shown = request.Top > 0 ? Math.Min(request.Top, keys.Count) : keys.Count;
        var answer = new QuerySpendResponse { Currency = "USD", OtherRows = keys.Count - shown };
        answer.Rows.AddRange(keys.Take(shown).Select(key => new SpendRow { Keys = { key }, CostNanos = each, Calls = 1, Previous = new SpendRow() }));
        if (answer.OtherRows > 0)
        {
            answer.Others = new SpendRow { CostNanos = each * answer.OtherRows, Calls = answer.OtherRows, Previous = new SpendRow() };
        }

        return answer;
    }

    private static string[] Kept(RepeatedField<string>? only, IEnumerable<string> all) => [.. all.Where(value => only?.Contains(value) ?? true)];
}
