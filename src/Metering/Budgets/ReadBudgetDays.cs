using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;

namespace Platform.Metering.Budgets;

/// <summary>What budgets have spent by day, from the hours that are kept of them: also of scopes that only records know, such as tags.</summary>
internal sealed class ReadBudgetDays(NpgsqlDataSource dataSource)
{
    private const int MostBudgets = 1_000;
    private const int MostDays = 1_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public async Task<GetBudgetDaysResponse> RunAsync(GetBudgetDaysRequest request, CancellationToken cancellationToken)
    {
        if (request.BudgetIds.Count is < 1 or > MostBudgets)
        {
            throw RpcErrors.InvalidArgument($"budget_ids must be 1 to {MostBudgets}; there are {request.BudgetIds.Count}.");
        }

        var zone = TimeZones.Read(request.TimeZone);
        if (Moments.Read("from", request.From) is not { } from || Moments.Read("to", request.To) is not { } to || to <= from)
        {
            throw RpcErrors.InvalidArgument("from and to must be given, and to must lie after from.");
        }

        if (TimeBuckets.Of(SpendDimension.Day, zone, from, to) is not { Count: <= MostDays } days)
        {
            throw RpcErrors.InvalidArgument($"from and to must lie at most {MostDays} days apart.");
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var spent = await BudgetSpendStore.ReadDaysAsync(connection, [.. request.BudgetIds.Distinct()], [.. days.Select(day => day.From), to], cancellationToken);
        return new GetBudgetDaysResponse
        {
            Budgets =
            {
                spent.GroupBy(day => day.BudgetId).Select(budget => new BudgetDays
                {
                    BudgetId = budget.Key,
                    Days = { budget.Where(day => day.Day is not null).Select(day => new BudgetDay { Day = days[day.Day!.Value].Key, SpentNanos = day.SpentNanos }) },
                }),
            },
        };
    }
}
