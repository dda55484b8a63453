using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Delivery;
using Platform.Metering.Teams;

namespace Platform.Metering.Alerts.Channels;

/// <summary>What a channel may be, and whether it can work as the service is configured.</summary>
internal sealed class ChannelCheck(AddressPolicy addresses, TeamDirectory teams, IOptions<AlertOptions> options)
{
    private const int LongestUrl = 2_000;
    private const int MostFilters = 100;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public async Task RequireAsync(CreateChannelRequest request, CancellationToken cancellationToken)
    {
        Require(Validation.Id("name", request.Name));
        Require(request.Type switch
        {
            ChannelType.Webhook or ChannelType.Slack => Validation.Text("target", request.Target, 1, LongestUrl) ?? addresses.UrlProblem(request.Target),
            ChannelType.Email => Validation.Email("target", request.Target),
            _ => "type must be webhook, slack or email.",
        });
        Require(Enum.IsDefined(request.MinimumSeverity) ? null : "minimum_severity must be info, warning or critical.");
        RequireKinds(request.Kinds);
        await RequireTeamsAsync(request.TeamIds, cancellationToken);
    }

    public static void RequireKinds(IReadOnlyCollection<AlertKind> kinds)
    {
        Require(kinds.Count <= MostFilters ? null : $"kinds has at most {MostFilters} entries; it has {kinds.Count}.");
        Require(kinds.All(kind => kind != AlertKind.Unspecified && Enum.IsDefined(kind)) ? null : "kinds has a kind that does not exist.");
    }

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public async Task RequireTeamsAsync(IReadOnlyCollection<string> teamIds, CancellationToken cancellationToken)
    {
        Require(teamIds.Count <= MostFilters ? null : $"team_ids has at most {MostFilters} entries; it has {teamIds.Count}.");
        foreach (var teamId in teamIds)
        {
            Require(Validation.TeamId(teamId));
        }

        await teams.RequireAsync(teamIds, cancellationToken);
    }

    /// <summary>Why a channel cannot work now; empty when it can.</summary>
    public string ProblemOf(ChannelRow channel) => channel.Type switch
    {
        ChannelType.Email => options.Value.Smtp.IsConfigured ? "" : MailSender.NotConfigured,
        ChannelType.Webhook or ChannelType.Slack => addresses.UrlProblem(channel.Target) ?? "",
        ChannelType.Unspecified => "",
    };

    public static void Require(string? problem)
    {
        if (problem is not null)
        {
            throw RpcErrors.InvalidArgument(problem);
        }
    }
}
