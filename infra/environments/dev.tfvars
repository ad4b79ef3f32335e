project  = "arco-catalog-dev"
location = "EUROPE-WEST3"

workspaces = [
  { tenant = "acme", workspace = "prod" },
  { tenant = "acme", workspace = "lab" },
  { tenant = "acme-2", workspace = "prod" },
]

# The deployer is one of them: whoever applies without being an administrator locks itself out.
administrators = [
  "group:arco-administrators@example.com",
  "serviceAccount:deployer@arco-catalog-dev.iam.gserviceaccount.com",
]
