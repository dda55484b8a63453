using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Entries of the audit log by pages, newest first.</summary>
internal sealed class ListAudit(AuditStore store)
{
    private const string List = "audit";

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (also PAGE_TOKEN_INVALID).</exception>
    public async Task<ListAuditResponse> RunAsync(ListAuditRequest request, CancellationToken cancellationToken)
    {
        Rules.Require(Validation.Text("subject", request.Subject, 0, 200));
        Rules.Require(Validation.Text("actor", request.Actor, 0, 200));
        Rules.Require(Validation.Text("action", request.Action, 0, 200));
        var filter = new AuditFilter(request.Subject, request.Actor, request.Action, Rules.ReadMoment("from", request.From), Rules.ReadMoment("to", request.To));
        Rules.Require(filter.From >= filter.To ? "from must lie before to." : null);
        var page = PageRequest.Of(request.PageSize, request.PageToken);
        var (records, next) = page.Cut(await store.ListAsync(filter, page.Below(List), page.Size, cancellationToken), List, record => record.AuditId);
        if (records.Count == 0)
        {
            AuditActions.RequireKnown(request.Action);
        }

        return new ListAuditResponse { Records = { records }, NextPageToken = next };
    }
}
